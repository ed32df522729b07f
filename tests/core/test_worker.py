from __future__ import annotations

import math
import pickle
import subprocess
import sys
from collections.abc import Callable
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


def test_it_ends_without_being_asked_anything() -> None:
    assert answers(pickle.dumps(math.factorial)) == [0]
