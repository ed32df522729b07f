"""How many threads arithmetic takes, and the environment of processes that are started.

Threads of OpenMP that wait busily for one another stop each other wherever anything else is busy, so that a small step
on two threads takes up to a hundred times as long beside a browser. `import visavis` makes them sleep instead
(OMP_WAIT_POLICY=PASSIVE), if torch is not loaded yet and the environment does not say how they wait.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WORTH_THREADS = 2e9
"""Products of numbers from which several threads are quicker than one (docs/latency.md)."""

DECIDED = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables with which a user decides for torch."""

_COUNTS = (*DECIDED, "OPENBLAS_NUM_THREADS")
ONE_THREAD = dict.fromkeys(_COUNTS, "1")
"""Variables with which arithmetic takes one thread."""

_SOURCES = str(Path(__file__).parents[2])


@contextmanager
def threads_for(products: float) -> Iterator[None]:
    """Within, torch computes in this thread with one thread, unless so much arithmetic is worth several.

    Those are as many as torch is set to, never more, and the setting of before comes back. The environment wins:
    where it has one of `DECIDED`, nothing is changed. Source: docs/latency.md.
    """
    import torch

    before, wanted = torch.get_num_threads(), threads_worth(products)
    if wanted == before:
        yield
        return
    torch.set_num_threads(wanted)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def threads_worth(products: float) -> int:
    """How many threads so much arithmetic takes, by the rules of `threads_for`."""
    import torch

    all_of_them = products >= WORTH_THREADS or any(name in os.environ for name in DECIDED)
    return torch.get_num_threads() if all_of_them else 1


def worker_environment() -> dict[str, str]:
    """The environment of one of many processes that share the cores: each computes with one thread."""
    return {**child_environment(), **ONE_THREAD}


def free_environment() -> dict[str, str]:
    """The environment of a process that takes as many threads as it likes, whatever this one was told."""
    return {name: value for name, value in child_environment().items() if name not in _COUNTS}


def child_environment() -> dict[str, str]:
    """This process's environment, in which the interpreter finds this package, installed or not."""
    paths = [_SOURCES, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
