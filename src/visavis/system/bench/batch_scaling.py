"""Batch scaling: the time of a turn against the number of conversations in one forward pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from visavis.core.clock import FPS
from visavis.system.bench.stream import stream
from visavis.system.system import System


@dataclass(frozen=True)
class BatchSpeed:
    """A batch of `sessions`: time of a turn of all of them [ms], and how many times real time each of them runs."""

    sessions: int
    turn_ms: float
    speed: float


def measure_batches(system: System, sizes: Sequence[int], turns: int) -> tuple[BatchSpeed, ...]:
    """A batch of each size, over `turns` turns after a first one; stops after one that is slower than real time."""
    batches: list[BatchSpeed] = []
    for size in sizes:
        turn_ms = median([step.ms for step in stream(system, turns + 1, size)][1:])
        batches.append(BatchSpeed(size, turn_ms, system.frames_per_step * 1000 / FPS / turn_ms))
        if batches[-1].speed < 1:
            break
    return tuple(batches)
