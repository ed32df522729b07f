"""Scoring many cases at a time: processes that compare, with the same numbers however many there are.

Each has one thread, so that sums are always in the same order. They are fed through pipes and import no network.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from types import TracebackType

from visavis.core.errors import VisavisError
from visavis.core.threads import worker_environment
from visavis.validate.compare import Compared, Scene, Setup, compare

MOST_WORKERS = 16
"""Processes that are started without being asked for, at most."""


def usual_workers(cases: int) -> int:
    """One process for each core, at most `MOST_WORKERS` and one for each case."""
    return max(1, min(os.cpu_count() or 1, MOST_WORKERS, cases))


class Scorers:
    """A context in which scenes are compared by `workers` processes; 0 compares in this process, while it waits.

    Raises `VisavisError` for less, and from a future whose process ended early.
    """

    def __init__(self, setup: Setup, workers: int) -> None:
        if workers < 0:
            raise VisavisError(f"{workers} workers were asked for; give 0 (score in this process) or more")
        self.workers = workers
        self._setup = setup
        self._threads = ThreadPoolExecutor(workers) if workers else None
        self._idle: SimpleQueue[subprocess.Popen[bytes] | None] = SimpleQueue()
        self._processes: list[subprocess.Popen[bytes]] = []
        for _ in range(workers):
            self._idle.put(None)

    def __enter__(self) -> Scorers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._threads is None:
            return
        if kind is not None:
            for process in self._processes:
                process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            _close(process)

    def submit(self, scene: Scene) -> Future[Compared]:
        """The scores of a scene, as soon as they are there."""
        if self._threads is not None:
            return self._threads.submit(self._ask, scene)
        done: Future[Compared] = Future()
        done.set_result(compare(scene, self._setup))
        return done

    def _ask(self, scene: Scene) -> Compared:
        process = self._idle.get()
        try:
            process = self._started() if process is None else process
            _send(process, scene)
            assert process.stdout is not None
            answer: Compared | VisavisError = pickle.load(process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise VisavisError(
                "a scoring process ended early; look at what it printed, or score with workers=0"
            ) from error
        finally:
            self._idle.put(process)
        if isinstance(answer, VisavisError):
            raise answer
        return answer

    def _started(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "visavis.validate.processes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=worker_environment(),
        )
        self._processes.append(process)
        _send(process, self._setup)
        return process


def main() -> None:
    """Serve until the input ends: a setup, then scenes, each answered. The parent answers an interrupt."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    given, answers, sys.stdout = sys.stdin.buffer, sys.stdout.buffer, sys.stderr
    setup: Setup = pickle.load(given)
    with suppress(EOFError):
        while True:
            scene: Scene = pickle.load(given)
            try:
                answer: Compared | VisavisError = compare(scene, setup)
            except VisavisError as error:
                answer = error
            pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()


def _send(process: subprocess.Popen[bytes], thing: Setup | Scene) -> None:
    assert process.stdin is not None
    pickle.dump(thing, process.stdin, pickle.HIGHEST_PROTOCOL)
    process.stdin.flush()


def _close(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    process.wait()


if __name__ == "__main__":
    main()
