"""Blinks and nods as functions of the frame's number, so that any frame can be made again.

Shapes: T frames.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from visavis.core.clock import FPS, frames_of
from visavis.core.errors import VisavisError

NOD_FRAMES = frames_of(0.6)
_BLINK = np.array([0.3, 0.85, 1.0, 0.75, 0.4, 0.15])
"""How far the lids are closed, frame by frame: down in 0.12 s, up in 0.16 s."""


@dataclass(frozen=True)
class Nod:
    """One nod from the frame `start` on, `size_rad` deep [rad]; `channel` is the head's pitch, positive downwards."""

    start: int
    channel: int
    size_rad: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.size_rad) and 0 < self.size_rad <= 0.5):
            raise VisavisError(f"a nod is more than 0 and at most 0.5 rad deep, {self.size_rad} was given")

    @property
    def end(self) -> int:
        """The frame after the last."""
        return self.start + NOD_FRAMES

    def pitch(self, first: int, count: int) -> np.ndarray:
        """What it adds to the head's pitch in `count` frames from the frame `first` on (T,) [rad]."""
        t = np.clip((np.arange(first, first + count) - self.start + 1) / (NOD_FRAMES + 1), 0, 1)
        return np.asarray(self.size_rad * np.sin(np.pi * t) ** 2)


def lids_closed(first: int, count: int, per_minute: float, seed: int) -> np.ndarray:
    """How far the lids are closed in `count` frames from the frame `first` on (T,), 0 open, 1 closed.

    One blink at a random place of each 1 / `per_minute` of a minute.
    """
    closed = np.zeros(count)
    if per_minute == 0:
        return closed
    every = 60 * FPS / per_minute
    for number in range(math.floor((first - len(_BLINK)) / every), math.floor((first + count) / every) + 1):
        if number < 0:
            continue
        place = np.random.default_rng([seed % 2**32, 1, number]).random()
        start = math.ceil(number * every + place * (every - len(_BLINK))) - first
        low, high = max(start, 0), min(start + len(_BLINK), count)
        if low < high:
            closed[low:high] = _BLINK[low - start : high - start]
    return closed
