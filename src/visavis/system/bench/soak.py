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
    """`conversations` of `minutes` in one pass. Lists have an entry for each sixth of it: the median turn [ms] and the
    resident memory [MiB] at its end (empty where the system does not tell).

    variance, spread: of the last sixth over that of the first, by group: the mean variance of its channels, and the
    mean distance of their 1st and 99th percentiles. chance: the deviation of such a ratio of variances where nothing
    drifts, as the scatter of all sixths tells: what people do within ten minutes differs, more conversations tell more.
    """

    minutes: float
    conversations: int
    turn_p50_ms: float
    turn_p95_ms: float
    part_ms: tuple[float, ...]
    part_mib: tuple[float, ...]
    variance: dict[str, float]
    spread: dict[str, float]
    chance: dict[str, float]


def soak(system: System, minutes: float, conversations: int = 1) -> Soak:
    """Stream conversations of so many minutes as fast as it goes."""
    steps = max(PARTS, round(frames_of(minutes * 60) / system.frames_per_step))
    ends = {round((part + 1) * steps / PARTS) for part in range(PARTS)}
    taken: list[list[float]] = [[]]
    moved: list[np.ndarray] = []
    variances, spreads, memory = [], [], []
    for number, step in enumerate(stream(system, steps, conversations), 1):
        taken[-1].append(step.ms)
        moved.append(step.motion.cpu().numpy())
        if number in ends:
            motion = np.concatenate(moved, axis=1, dtype=np.float64)
            variances.append(motion.var(axis=1).mean(axis=0))
            spreads.append(np.subtract(*np.quantile(motion, (0.99, 0.01), axis=1)).mean(axis=0))
            memory += resident_mib()
            taken.append([])
            moved = []
    every = [ms for part in taken for ms in part]
    return Soak(
        minutes=steps * system.frames_per_step / FPS / 60,
        conversations=conversations,
        turn_p50_ms=float(np.median(every)),
        turn_p95_ms=float(np.quantile(every, 0.95)),
        part_ms=tuple(float(np.median(part)) for part in taken[:-1]),
        part_mib=tuple(memory),
        variance=_ratios(variances[0], variances[-1], system.space),
        spread=_ratios(spreads[0], spreads[-1], system.space),
        chance={group: _scatter(variances, system.space.indices(group)) for group in system.space.groups},
    )


def _ratios(first: np.ndarray, last: np.ndarray, space: MotionSpace) -> dict[str, float]:
    """The mean over each group's channels, of the last over the first; channels are weighed by themselves."""
    found = {}
    for group in space.groups:
        channels = space.indices(group)
        moving = channels[first[channels] > 1e-9]
        if len(moving):
            found[group] = float(last[moving].mean() / first[moving].mean())
    return found


def _scatter(variances: list[np.ndarray], channels: np.ndarray) -> float:
    """The deviation of the ratio of two sixths' variances, if all sixths are alike."""
    parts = np.array([variance[channels].mean() for variance in variances])
    return float(np.sqrt(2) * parts.std(ddof=1) / max(parts.mean(), 1e-12))


def resident_mib() -> list[float]:
    """Memory that this process holds [MiB]; nothing where /proc does not tell."""
    told = Path("/proc/self/statm")
    if not told.is_file():
        return []
    return [int(told.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20]
