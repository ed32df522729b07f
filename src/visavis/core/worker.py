"""The other side of `core.local_processes`: a process that is sent a function, then pieces, and answers each.

It ends when its input does, also in the midst of a piece: then whoever asked is gone. It prints to standard error only.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from contextlib import suppress
from queue import SimpleQueue
from typing import IO, Any

from visavis.core.local_processes import exit_tidily, receive, send
from visavis.core.work import Failure, attempt


def main() -> None:
    """Serve until the input ends. The parent answers an interrupt; SIGTERM ends this process tidily."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, exit_tidily)
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        _serve(answers)


def _serve(answers: IO[bytes]) -> None:
    asked: SimpleQueue[bytes | None] = SimpleQueue()
    busy = threading.Event()
    threading.Thread(target=_listen, args=(asked, busy), daemon=True).start()
    if (first := asked.get()) is None:
        return
    function = attempt(pickle.loads, first)
    while (message := asked.get()) is not None:
        busy.set()
        answer = answered(function, message)
        busy.clear()
        with suppress(BrokenPipeError):
            send(answers, answer)


def answered(function: Any, message: bytes) -> bytes:
    """The pickled result of a pickled piece, or a `Failure`; `function` may be one, too."""
    piece = attempt(pickle.loads, message)
    failed = next((one for one in (function, piece) if isinstance(one, Failure)), None)
    packed = attempt(pickle.dumps, attempt(function, piece) if failed is None else failed)
    return pickle.dumps(packed) if isinstance(packed, Failure) else packed


def _listen(asked: SimpleQueue[bytes | None], busy: threading.Event) -> None:
    """Pass messages on; at the end of the input end this process, also if it is busy.

    The input is read beside `sys.stdin`, whose lock an interpreter that is ending would wait for.
    """
    with os.fdopen(os.dup(sys.stdin.fileno()), "rb") as pipe:
        while (message := receive(pipe)) is not None:
            asked.put(message)
    asked.put(None)
    if busy.is_set():
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
