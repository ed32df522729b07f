from __future__ import annotations

import math
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from visavis.core.local_processes import receive, send
from visavis.core.threads import child_environment
from visavis.core.work import Failure


def answers(function: bytes, *pieces: Any) -> list[Any]:
    """What a worker answers to these pieces, and how it ends when nothing more comes."""
    command = [sys.executable, "-m", "visavis.core.worker"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=child_environment(), **pipes) as worker:  # type: ignore[call-overload]
        send(worker.stdin, function)
        found = []
        for piece in pieces:
            send(worker.stdin, pickle.dumps(piece))
            found.append(pickle.loads(receive(worker.stdout) or b""))
        worker.stdin.close()
        assert receive(worker.stdout) is None
    return [*found, worker.returncode]


def test_every_piece_is_answered_also_after_an_error() -> None:
    function: Callable[[int], int] = math.factorial
    first, failed, last, status = answers(pickle.dumps(function), 3, -1, 4)
    assert (first, last, status) == (6, 24, 0)
    assert isinstance(failed, Failure)
    assert failed.text.startswith("ValueError: ")
    assert not failed.expected


def test_a_function_that_cannot_be_read_is_told_for_every_piece() -> None:
    first, second, status = answers(b"no pickle", 1, 2)
    assert isinstance(first, Failure)
    assert "UnpicklingError" in first.text
    assert (second.text, status) == (first.text, 0)


def test_it_ends_quietly_when_it_is_told_to_in_the_midst_of_a_piece(tmp_path: Path) -> None:
    command = [sys.executable, "-X", "dev", "-m", "visavis.core.worker"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=child_environment(), **pipes) as worker:  # type: ignore[call-overload]
        send(worker.stdin, pickle.dumps(touch_and_wait))
        send(worker.stdin, pickle.dumps(tmp_path / "begun"))
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
        worker.terminate()
        assert worker.wait(20) == 128 + signal.SIGTERM
        assert worker.stderr.read() == b""


def touch_and_wait(place: Path) -> None:
    place.touch()
    time.sleep(60)


def test_it_ends_without_being_asked_anything() -> None:
    assert answers(pickle.dumps(math.factorial)) == [0]
