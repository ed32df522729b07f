"""A long conversation: whether time, memory and motion stay as they were."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visavis.core.clock import FPS, frames_of
from visavis.core.spaces import MotionSpace
from visavis.system.bench.stream import stream
from visavis.system.system import System

PARTS = 6


@dataclass(frozen=True)
class Soak:
    """A conversation of `minutes`. Lists have an entry for each sixth of it: the median turn [ms] and the resident
    memory [MiB] at its end (empty where the system does not tell).

    variance, spread: of the last sixth over that of the first, by group: the mean variance of its channels, and the
    mean distance of their 1st and 99th percentiles.
    """

    minutes: float
    turn_p50_ms: float
    turn_p95_ms: float
    part_ms: tuple[float, ...]
    part_mib: tuple[float, ...]
    variance: dict[str, float]
    spread: dict[str, float]


def soak(system: System, minutes: float) -> Soak:
    """Stream a conversation of so many minutes as fast as it goes."""
    steps = max(PARTS, round(frames_of(minutes * 60) / system.frames_per_step))
    ends = {round((part + 1) * steps / PARTS) for part in range(PARTS)}
    parts: list[list[float]] = [[]]
    kept: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    memory: list[float] = []
    for number, step in enumerate(stream(system, steps), 1):
        parts[-1].append(step.ms)
        if len(parts) in (1, PARTS):
            kept[len(parts) > 1].append(step.motion[0].cpu().numpy())
        if number in ends:
            memory += _resident_mib()
            parts.append([])
    taken = [ms for part in parts for ms in part]
    first, last = (np.concatenate(motion) for motion in kept)
    return Soak(
        minutes=steps * system.frames_per_step / FPS / 60,
        turn_p50_ms=float(np.median(taken)),
        turn_p95_ms=float(np.quantile(taken, 0.95)),
        part_ms=tuple(float(np.median(part)) for part in parts[:-1]),
        part_mib=tuple(memory),
        variance=_ratios(first.var(0), last.var(0), system.space),
        spread=_ratios(_spread(first), _spread(last), system.space),
    )


def _spread(motion: np.ndarray) -> np.ndarray:
    low, high = np.quantile(motion, (0.01, 0.99), axis=0)
    spread: np.ndarray = high - low
    return spread


def _ratios(first: np.ndarray, last: np.ndarray, space: MotionSpace) -> dict[str, float]:
    """The mean over each group's channels, of the last over the first; channels are weighed by themselves."""
    found = {}
    for group in space.groups:
        channels = space.indices(group)
        moving = channels[first[channels] > 1e-9]
        if len(moving):
            found[group] = float(last[moving].mean() / first[moving].mean())
    return found


def _resident_mib() -> list[float]:
    """Memory that this process holds [MiB]; nothing where /proc does not tell."""
    told = Path("/proc/self/statm")
    if not told.is_file():
        return []
    return [int(told.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20]
