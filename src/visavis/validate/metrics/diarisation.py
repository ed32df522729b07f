"""How well it is told who speaks when: diarisation error of utterances, and the error of frames.

Shapes: N utterances, T frames, P people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from visavis.core.clock import FPS
from visavis.core.errors import VisavisError
from visavis.encode.activity import runs

COLLAR_S = 0.25
"""Around every true beginning and end, on both sides, nothing counts (NIST)."""
_GRID_HZ = 1000
_MOST_PEOPLE = 6


@dataclass(frozen=True)
class DiarisationError:
    """Seconds of speech that were `missed_s`, told where nobody speaks (`false_s`), given to somebody else
    (`confused_s`), and in all `spoken_s`; two who speak at once count twice."""

    missed_s: float
    false_s: float
    confused_s: float
    spoken_s: float

    @property
    def rate(self) -> float:
        """The diarisation error rate: all that is wrong as a share of all that is spoken."""
        return (self.missed_s + self.false_s + self.confused_s) / self.spoken_s if self.spoken_s else np.nan

    def __add__(self, other: DiarisationError) -> DiarisationError:
        return DiarisationError(
            self.missed_s + other.missed_s,
            self.false_s + other.false_s,
            self.confused_s + other.confused_s,
            self.spoken_s + other.spoken_s,
        )


def diarisation_error(
    truth: Sequence[np.ndarray], found: Sequence[np.ndarray], length_s: float, collar_s: float = COLLAR_S
) -> DiarisationError:
    """The error of utterances (N, 2) [s] of the people found, against those of the people that there are, in that
    assignment of one to another that fits best; to a millisecond.

    Raises `VisavisError` for more than six people.
    """
    if max(len(truth), len(found)) > _MOST_PEOPLE:
        raise VisavisError(f"{len(truth)} and {len(found)} people are too many to assign; {_MOST_PEOPLE} are possible")
    count = max(len(truth), len(found), 1)
    there, told = (_grid(spans, length_s, count) for spans in (truth, found))
    scored = np.ones(there.shape[1], bool)
    if collar_s > 0:
        for time in (float(end) for spans in truth for end in np.ravel(spans)):
            scored[max(0, round((time - collar_s) * _GRID_HZ)) : max(0, round((time + collar_s) * _GRID_HZ))] = False
    there, told = there[:, scored], told[:, scored]
    together = there.astype(np.float64) @ told.T
    right = max(sum(together[row, column] for row, column in enumerate(order)) for order in permutations(range(count)))
    spoken, said = there.sum(0), told.sum(0)
    both = np.minimum(spoken, said).sum()
    missed, false = np.maximum(spoken - said, 0).sum(), np.maximum(said - spoken, 0).sum()
    return DiarisationError(*(float(count) / _GRID_HZ for count in (missed, false, both - right, spoken.sum())))


def frame_error(truth: np.ndarray, found: np.ndarray) -> float:
    """The share of frames of a person that are judged wrongly, (T, P) bool each, in that order of people that fits
    best."""
    orders = permutations(range(truth.shape[1]))
    return min(float(np.mean(truth != found[:, list(order)])) for order in orders)


def overlap_share(speaking: np.ndarray) -> float:
    """Of the frames (T, P) in which somebody speaks, those in which more than one does."""
    count = speaking.sum(1)
    return float(np.mean(count[count > 0] > 1)) if (count > 0).any() else 0.0


def utterances(speaking: np.ndarray) -> list[np.ndarray]:
    """The stretches in which each person speaks, (N, 2) [s], of frames (T, P) bool."""
    return [np.asarray(runs(column), np.float64).reshape(-1, 2) / FPS for column in speaking.T]


def _grid(people: Sequence[np.ndarray], length_s: float, count: int) -> np.ndarray:
    """Who speaks in every millisecond: (count, milliseconds) of 0 and 1."""
    grid = np.zeros((count, round(length_s * _GRID_HZ)), np.int8)
    for row, spans in enumerate(people):
        for start, stop in np.asarray(spans).reshape(-1, 2):
            grid[row, round(start * _GRID_HZ) : round(stop * _GRID_HZ)] = 1
    return grid
