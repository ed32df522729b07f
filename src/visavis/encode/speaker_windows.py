"""Windows of a recording in which people were told apart, and a recording put together of them again.

Shapes: T frames of a window, R frames of the recording, L people of a window in an order of its own, E embedding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Windowed:
    """What was heard from frame `start` on: `activity` (T, L), the chance that each person speaks, and their `voices`
    (L, E), unit vectors; None where voices are not known."""

    start: int
    activity: np.ndarray
    voices: np.ndarray | None = None

    @property
    def alone(self) -> np.ndarray:
        """For how many frames each person speaks while nobody else does (L,)."""
        return np.asarray(alone(self.activity).sum(0))


def alone(activity: np.ndarray) -> np.ndarray:
    """The chance that each person speaks alone (T, L)."""
    silent = 1 - activity
    others = [np.delete(silent, person, axis=1).prod(1) for person in range(activity.shape[1])]
    return np.asarray(activity * np.stack(others, axis=1))


def starts_of(frames: int, window: int, hop: int) -> list[int]:
    """The first frames of windows that cover a recording: one a hop, the last as late as it needs to be."""
    last = max(0, frames - window)
    return sorted({*range(0, last + 1, hop), last}) if frames else []


def put_together(windows: Sequence[Windowed], people: Sequence[Sequence[int]], count: int, frames: int) -> np.ndarray:
    """The chance that each of `count` people speaks in each frame of the recording (R, count).

    `people`: who the L people of each window are, -1 for nobody. Windows count more in their middle than at their ends.
    """
    total, weight = np.zeros((frames, count)), np.zeros((frames, 1))
    for window, names in zip(windows, people, strict=True):
        length = min(len(window.activity), frames - window.start)
        place = slice(window.start, window.start + length)
        hat = np.minimum(np.arange(1, len(window.activity) + 1), np.arange(len(window.activity), 0, -1))[:length, None]
        told = np.zeros((length, count))
        for local, name in enumerate(names):
            if name >= 0:
                told[:, name] = np.maximum(told[:, name], window.activity[:length, local])
        total[place] += hat * told
        weight[place] += hat
    return np.asarray(total / np.maximum(weight, 1e-9))
