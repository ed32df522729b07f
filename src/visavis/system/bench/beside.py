"""Latency under load: how long a turn takes while other programs compute on the same machine, as a browser does."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from visavis.system.bench.busy import busy
from visavis.system.bench.stream import stream
from visavis.system.system import System

PROGRAMS = ("loop", "products")
"""What is busy beside a turn: the first, then both."""

_ROUNDS = 4


@dataclass(frozen=True)
class Beside:
    """How long a turn takes [ms] beside `others` (see `busy`); `times` is how often the p95 of none fits into its."""

    others: tuple[str, ...]
    turn_p50_ms: float
    turn_p95_ms: float
    times: float


def measure_beside(system: System, turns: int, programs: Sequence[str] = PROGRAMS) -> tuple[Beside, ...]:
    """Beside none of the programs, the first, the first two and so on, `turns` each.

    They are measured turn about in a few rounds, so that what else the machine does falls on all alike.
    """
    taken: list[list[float]] = [[] for _ in range(len(programs) + 1)]
    for _ in range(_ROUNDS):
        with ExitStack() as others:
            taken[0] += _turns(system, turns)
            for number, program in enumerate(programs, 1):
                others.enter_context(busy(program))
                taken[number] += _turns(system, turns)
    p95 = [float(np.quantile(ms, 0.95)) for ms in taken]
    return tuple(
        Beside(tuple(programs[:number]), float(np.median(ms)), p95[number], p95[number] / p95[0])
        for number, ms in enumerate(taken)
    )


def _turns(system: System, turns: int) -> list[float]:
    """This round's part of so many turns, after a first one."""
    return [step.ms for step in stream(system, -(-turns // _ROUNDS) + 1)][1:]
