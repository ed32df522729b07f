"""The engine of many machines: pieces of work as tasks of a Ray cluster.

Every task computes with one thread, as the processes of `core.local_processes` do, so that results are the same bytes.
A task whose worker or machine is lost is done again by Ray itself.
"""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from visavis.core.errors import VisavisError
from visavis.core.local_processes import GRACE_S, WAITING, LocalProcesses
from visavis.core.ray_door import first_line, ray_cluster
from visavis.core.threads import ONE_THREAD
from visavis.core.work import Done, Engine, Failure, Piece, Result, WorkerLost, attempt
from visavis.core.worker import answered

TRIES_AGAIN = 3
"""How often Ray does a piece again whose worker or machine was lost."""


@dataclass(frozen=True)
class _RayTasks:
    """Tasks of the cluster that this process is connected to, at most `workers` at once (None: one for each core)."""

    ray: Any
    workers: int | None

    def map(
        self, function: Callable[[Piece], Result], pieces: Iterable[Piece], *, named: Callable[[Piece], str] = str
    ) -> Iterator[Done[Result]]:
        """See `Engine.map`."""
        work = self.ray.remote(_worked).options(
            num_cpus=1, max_retries=TRIES_AGAIN, runtime_env={"env_vars": dict(ONE_THREAD)}
        )
        packed = self.ray.put(pickle.dumps(function))
        there: dict[Any, tuple[int, str]] = {}
        try:
            for index, piece in enumerate(pieces):
                name = named(piece)
                sent = attempt(pickle.dumps, piece)
                if isinstance(sent, Failure):
                    raise sent.error(name)
                there[work.remote(packed, sent, str(Path.cwd()))] = index, name
                yield from _ready(self.ray, there, self._most() - 1)
            while there:
                yield from _ready(self.ray, there, len(there) - 1)
        finally:
            _end(self.ray, list(there))

    def _most(self) -> int:
        """Pieces under way at once: as many as can be worked on now, and what they go on with."""
        return self.workers or max(2, WAITING * _cores(self.ray))


@contextmanager
def ray_engine(address: str | None = None, workers: int | None = None) -> Iterator[Engine]:
    """An engine whose pieces are tasks of a Ray cluster, for the time of the block.

    address: see `ray_cluster`. workers: pieces at once at most; None: one for each core of the cluster.
    Raises `VisavisError` where ray is missing, nobody answers at the address, or the cluster has no cores.
    """
    if workers is not None and workers < 1:
        raise VisavisError(f"{workers} workers were asked for; give 1 or more")
    with ray_cluster(address, LocalProcesses(workers).count, "an engine of many machines") as ray:
        if not _cores(ray):
            raise VisavisError("the Ray cluster has no cores for work; add a machine: ray start --address=HOST:PORT")
        yield _RayTasks(ray, workers)


def _worked(function: bytes, piece: bytes, folder: str) -> bytes:
    """The task: the pickled result of a pickled piece, or a `Failure`. Relative paths mean what they mean to the
    caller, where its working folder is here, too."""
    with suppress(OSError):
        os.chdir(folder)
    return answered(_unpacked(function), piece)


@lru_cache(maxsize=1)
def _unpacked(function: bytes) -> Any:
    return attempt(pickle.loads, function)


def _ready(ray: Any, there: dict[Any, tuple[int, str]], most: int) -> Iterator[Done[Any]]:
    """Results that are there, and more until only `most` are waited for."""
    while there:
        waited = None if len(there) > most else 0
        ready, _ = ray.wait(list(there), timeout=waited)
        if not ready:
            return
        for one in ready:
            index, name = there.pop(one)
            yield Done(index, _result(ray, one, name))


def _result(ray: Any, one: Any, name: str) -> Any:
    exceptions = ray.exceptions
    try:
        result = pickle.loads(ray.get(one))
    except exceptions.OutOfMemoryError:
        raise WorkerLost(
            f"{name}: the machine that worked on it ran out of memory; work with fewer --workers, or on machines with "
            f"more memory"
        ) from None
    except exceptions.RayTaskError as error:
        raise Failure(f"the worker could not begin: {first_line(error.cause)}", False, str(error)).error(name) from None
    except exceptions.RayError as error:
        raise WorkerLost(
            f"{name}: the worker was lost {TRIES_AGAIN + 1} times ({first_line(error)}); did it run out of memory? "
            f"Ray's logs of that machine tell more"
        ) from None
    if isinstance(result, Failure):
        raise result.error(name)
    return result


def _end(ray: Any, left: list[Any]) -> None:
    """Interrupt what is worked on, so that it tidies up, and wait a moment for it."""
    if not left or not ray.is_initialized():
        return
    for one in left:
        with suppress(Exception):
            ray.cancel(one, force=False)
    end_s = time.monotonic() + GRACE_S
    with suppress(Exception):
        ray.wait(left, num_returns=len(left), timeout=max(0.0, end_s - time.monotonic()), fetch_local=False)


def _cores(ray: Any) -> int:
    return int(ray.cluster_resources().get("CPU", 0))
