"""How many conversations go through one forward pass in real time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from visavis.core.clock import FPS
from visavis.system.bench.stream import stream
from visavis.system.system import System


@dataclass(frozen=True)
class Crowd:
    """`sessions` at once: time of a turn of all of them [ms], and how many times real time each of them runs."""

    sessions: int
    turn_ms: float
    speed: float


def measure_crowds(system: System, sizes: Sequence[int], turns: int) -> tuple[Crowd, ...]:
    """A crowd of each size, over `turns` turns after a first one; stops after one that is slower than real time."""
    crowds: list[Crowd] = []
    for size in sizes:
        turn_ms = median([step.ms for step in stream(system, turns + 1, size)][1:])
        crowds.append(Crowd(size, turn_ms, system.frames_per_step * 1000 / FPS / turn_ms))
        if crowds[-1].speed < 1:
            break
    return tuple(crowds)
