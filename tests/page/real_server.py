"""`visavis serve` as a process of its own, which can be killed and started again at the same address."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_S = 180.0


class RealServer:
    """A server on a free port of this machine; `log` is where it writes."""

    def __init__(self, log: Path, *options: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = int(free.getsockname()[1])
        self._log, self._options = log, options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    def start(self) -> None:
        """Until it answers."""
        command = [sys.executable, "-m", "visavis", "serve", "--port", str(self._port), *self._options]
        paths = os.pathsep.join(filter(None, (str(ROOT / "src"), os.environ.get("PYTHONPATH"))))
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
            )
        end = time.monotonic() + START_S
        while not self._answers():
            assert self._process.poll() is None, self.said
            assert time.monotonic() < end, f"it did not start within {START_S:g} s"
            time.sleep(0.1)

    def kill(self) -> None:
        """At once and without a word, as a machine without power."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def said(self) -> str:
        """What it wrote."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.address + "health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False
