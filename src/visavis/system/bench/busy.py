"""Other programs that compute while something is measured: processes, which end when the measurement does.

`python -m visavis.system.bench.busy loop` is one of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SIDE = 512


def loop() -> None:
    """A program that is busy on one core: counting."""
    while True:
        pass


def products() -> None:
    """A program that is busy on all cores: matrix products of numpy's, with its threads."""
    import numpy as np

    block = np.ones((_SIDE, _SIDE), np.float32)
    while True:
        block @ block


PROGRAMS: dict[str, Callable[[], None]] = {program.__name__: program for program in (loop, products)}
"""What another process may be busy with, by name."""


@contextmanager
def busy(program: str) -> Iterator[int]:
    """Within, another process computes; gives its number. It is killed at the end, and ends by itself if this one dies.

    Raises `KeyError` for an unknown program.
    """
    from visavis.core.threads import free_environment

    command = [sys.executable, "-m", __name__, PROGRAMS[program].__name__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=free_environment()) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield process.pid
        finally:
            process.kill()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    """Say that it begins, and compute until the input ends."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    print("busy", flush=True)
    PROGRAMS[sys.argv[1]]()


if __name__ == "__main__":
    main()
