"""What live sessions cost, many of them in one pool: input, drawing, and what is kept to go back.

Shapes: S samples, T frames.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from visavis.core.clock import FPS, frames_of
from visavis.streaming.group import MEASURED
from visavis.streaming.pool import Pool
from visavis.system.bench.soak import resident_mib
from visavis.system.bench.stream import looped
from visavis.system.system import System

_FILLED_S = 6.0
"""Until all that a session keeps is there [s]."""


@dataclass(frozen=True)
class Pooled:
    """`sessions` in one pool, a turn of all of them: the whole [ms] with pushing and pulling, the network alone [ms],
    processor time of the whole [ms], and how many times real time that is.

    session_mib: by how much the resident memory grew for each of them (None where the system does not tell).
    """

    sessions: int
    turn_ms: float
    network_ms: float
    processor_ms: float
    speed: float
    session_mib: float | None


def measure_pools(system: System, sizes: Sequence[int], turns: int) -> tuple[Pooled, ...]:
    """A pool of each size, over its first 6 s and `turns` turns more (their last 100).

    It stops after one that is slower than real time.
    """
    pools: list[Pooled] = []
    for size in sizes:
        pools.append(_measured(system, size, turns))
        if pools[-1].speed < 1:
            break
    return tuple(pools)


class _HeldClock:
    """The time that passes [s], held back where a turn took longer than it lasts, so that no input is overdue."""

    def __init__(self) -> None:
        self._late_s = time.perf_counter()

    def __call__(self) -> float:
        return time.perf_counter() - self._late_s

    def hold(self, at_s: float) -> None:
        """It is `at_s` now, at the latest."""
        self._late_s += max(self() - at_s, 0.0)


def _measured(system: System, size: int, turns: int) -> Pooled:
    frames, before, clock = system.frames_per_step, resident_mib(), _HeldClock()
    pool, talk = Pool(system, clock=clock), looped(system, system.frames_per_step)
    sessions = [pool.join(seed=seed) for seed in range(size)]
    spent, computed = [], []
    for turn in range(-(-frames_of(_FILLED_S) // frames) + turns):
        given = next(talk)
        clock.hold(turn * frames / FPS)
        user, agent, motion = (given[name][0].numpy() for name in ("user_speech", "agent_speech", "user_motion"))
        start, used = time.perf_counter(), time.process_time()
        for session in sessions:
            session.push(user, agent, motion)
        pool.pull()
        spent.append(1000 * (time.perf_counter() - start))
        computed.append(1000 * (time.process_time() - used))
    turn_ms = median(spent[-MEASURED:])
    grown = [(after - first) / size for first, after in zip(before, resident_mib(), strict=True)]
    return Pooled(
        sessions=size,
        turn_ms=turn_ms,
        network_ms=1000 * sessions[0].latency.compute_p50_s,
        processor_ms=median(computed[-MEASURED:]),
        speed=frames * 1000 / FPS / turn_ms,
        session_mib=grown[0] if grown else None,
    )
