"""The engine of one machine: pieces of work in processes of this machine, fed through pipes, each with one thread.

Processes are fresh interpreters that import what the function needs and nothing else. One thread each: sums are always
in the same order, so the results do not depend on how many there are.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import IO, Any

from visavis.core.errors import VisavisError
from visavis.core.threads import child_environment, worker_environment
from visavis.core.work import Done, Failure, Piece, Result, WorkerLost, attempt

MOST_WORKERS = 16
"""Processes that are started without being asked for, at most."""

WAITING = 2
"""Pieces under way for each process: one that is worked on, and what it goes on with."""

GRACE_S = 10.0
"""How long a process that was told to end may tidy up [s]."""

_SIZE = 8


@dataclass(frozen=True)
class LocalProcesses:
    """Work in `workers` processes (None: one for each core, at most `MOST_WORKERS`), but never more than pieces.

    0 and 1: in this process, while the caller waits. Raises `VisavisError` for less.
    The processes end with the work, and, tidying up, where it is interrupted, terminated or ends in an error.
    """

    workers: int | None = None

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 0:
            raise VisavisError(f"{self.workers} workers were asked for; give 1 (work in this process) or more")

    @property
    def count(self) -> int:
        """Processes at most; 1: this one."""
        usual = min(os.cpu_count() or 1, MOST_WORKERS) if self.workers is None else self.workers
        return max(1, usual)

    def map(
        self, function: Callable[[Piece], Result], pieces: Iterable[Piece], *, named: Callable[[Piece], str] = str
    ) -> Iterator[Done[Result]]:
        """See `Engine.map`."""
        if self.count == 1:
            return _here(function, pieces, named)
        return _there(function, pieces, named, self.count)


LOCAL = LocalProcesses()
"""One process for each core."""


def _here(
    function: Callable[[Piece], Result], pieces: Iterable[Piece], named: Callable[[Piece], str]
) -> Iterator[Done[Result]]:
    with _ended_by_termination():
        for index, piece in enumerate(pieces):
            try:
                result = function(piece)
            except Exception as error:
                raise replace(Failure.of(error), trace="").error(named(piece)) from error
            yield Done(index, result)


def _there(
    function: Callable[[Piece], Result], pieces: Iterable[Piece], named: Callable[[Piece], str], count: int
) -> Iterator[Done[Result]]:
    names: dict[int, str] = {}
    with _ended_by_termination(), _Processes(pickle.dumps(function), count) as processes:
        for index, piece in enumerate(pieces):
            names[index] = named(piece)
            processes.ask(index, piece)
            while names and (len(names) >= WAITING * count or not processes.answers.empty()):
                answered, answer = processes.answers.get()
                yield _done(answered, answer, names.pop(answered))
        while names:
            answered, answer = processes.answers.get()
            yield _done(answered, answer, names.pop(answered))


def _done(index: int, answer: Any, name: str) -> Done[Any]:
    if isinstance(answer, Failure):
        raise answer.error(name)
    if isinstance(answer, _Lost):
        raise WorkerLost(
            f"{name}: the process that worked on it ended early ({answer.how}); look at what it printed, or work with "
            f"1 worker"
        )
    return Done(index, answer)


@dataclass(frozen=True)
class _Lost:
    """No answer: how the process ended."""

    how: str


class _Processes:
    """A context with up to `count` processes, started as they are needed, each served by a thread."""

    def __init__(self, function: bytes, count: int) -> None:
        self.answers: SimpleQueue[tuple[int, Any]] = SimpleQueue()
        self._asked: SimpleQueue[tuple[int, Any] | None] = SimpleQueue()
        self._function, self._count = function, count
        self._threads: list[threading.Thread] = []
        self._processes: list[subprocess.Popen[bytes]] = []
        self._starting, self._ending = threading.Lock(), False

    def __enter__(self) -> _Processes:
        return self

    def ask(self, index: int, piece: Any) -> None:
        """Have a piece worked on; `answers` will get its number and its result, a `Failure` or a `_Lost`."""
        self._asked.put((index, piece))
        if len(self._threads) < self._count:
            self._threads.append(threading.Thread(target=self._serve, daemon=True))
            self._threads[-1].start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._starting:
            self._ending = True
        if kind is not None:
            self._end()
        for _thread in self._threads:
            self._asked.put(None)
        for thread in self._threads:
            thread.join()

    def _end(self) -> None:
        """End what is worked on: gently, then by force."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                process.kill()

    def _serve(self) -> None:
        """Feed one process until there is nothing more; once the work ends, pieces are passed over."""
        process: subprocess.Popen[bytes] | None = None
        while (asked := self._asked.get()) is not None:
            index, piece = asked
            try:
                process = self._started() if process is None else process
                if process is not None and not self._ending:
                    self.answers.put((index, _answer(process, piece)))
            except OSError as error:
                self.answers.put((index, _Lost(str(error))))
        if process is not None:
            _close(process)

    def _started(self) -> subprocess.Popen[bytes] | None:
        """A new process; None once the work ends."""
        with self._starting:
            if self._ending:
                return None
            process = subprocess.Popen(
                [sys.executable, "-m", "visavis.core.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=worker_environment(),
            )
            self._processes.append(process)
        with suppress(OSError):
            assert process.stdin is not None
            send(process.stdin, self._function)
        return process


def _answer(process: subprocess.Popen[bytes], piece: Any) -> Any:
    assert process.stdin is not None
    assert process.stdout is not None
    packed = attempt(pickle.dumps, piece)
    if isinstance(packed, Failure):
        return packed
    with suppress(OSError):
        send(process.stdin, packed)
        received = receive(process.stdout)
        if received is not None:
            return attempt(pickle.loads, received)
    status = process.wait()
    return _Lost(signal.Signals(-status).name if status < 0 else f"status {status}")


def _close(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    process.wait()


def send(pipe: IO[bytes], message: bytes) -> None:
    """Write a message so that `receive` finds its end."""
    pipe.write(len(message).to_bytes(_SIZE, "little") + message)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes | None:
    """The next message; None where the other side has closed."""
    size = pipe.read(_SIZE)
    if len(size) < _SIZE:
        return None
    message = pipe.read(int.from_bytes(size, "little"))
    return message if len(message) == int.from_bytes(size, "little") else None


def interpreter_s(*arguments: str) -> float:
    """How long a fresh interpreter with these arguments takes from its start to its end, its output thrown away [s].

    Raises `VisavisError` where it fails.
    """
    start = time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], env=child_environment(), stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise VisavisError(f"python {' '.join(arguments)} ended with status {done.returncode}; see what it printed")
    return time.perf_counter() - start


@contextmanager
def _ended_by_termination() -> Iterator[None]:
    """Within, SIGTERM ends this process as an interrupt does: blocks are left, so that nothing half-done remains."""
    mine = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    if mine:
        signal.signal(signal.SIGTERM, exit_tidily)
    try:
        yield
    finally:
        if mine and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def exit_tidily(number: int, _: object) -> None:
    """A handler of signals: leave with the status that shells give to one, through every `finally`."""
    sys.exit(128 + number)
