"""Metrics of reactions: onsets matched with the true ones, answers to the partner, and dependence on the user.

Onsets are matched one to one within a tolerance. Reactivity asks how much of the agent's motion comes from the user:
give the same agent speech with the user replaced by another clip's, with the same noise; a model that ignores the user
gives the same motion, score 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from visavis.analysis.detectors import detect
from visavis.analysis.listening import only_while
from visavis.analysis.moments import WINDOW
from visavis.core.clock import FPS
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion

TOLERANCE_S = 0.5
"""How far a detected onset may lie from the true one [s]."""


@dataclass(frozen=True)
class Matches:
    """How many onsets were found, how many are true, and found minus true [s] of every matched pair.

    Matches of several clips add up: `sum_matches`.
    """

    found: int
    true: int
    errors_s: tuple[float, ...]

    @property
    def f1(self) -> float:
        """2 matched / (found + true); NaN where there is nothing to find and nothing was found."""
        total = self.found + self.true
        return 2 * len(self.errors_s) / total if total else float("nan")

    @property
    def precision(self) -> float:
        """Matched / found; NaN where nothing was found."""
        return len(self.errors_s) / self.found if self.found else float("nan")

    @property
    def recall(self) -> float:
        """Matched / true; NaN where there is nothing to find."""
        return len(self.errors_s) / self.true if self.true else float("nan")

    @property
    def signed_error_s(self) -> float:
        """Mean of found minus true [s]: positive = late; NaN without a match."""
        return float(np.mean(self.errors_s)) if self.errors_s else float("nan")

    @property
    def absolute_error_s(self) -> float:
        """Mean distance of found and true [s]; NaN without a match."""
        return float(np.mean(np.abs(self.errors_s))) if self.errors_s else float("nan")


def match_onsets(found: Sequence[int], true: Sequence[int], tolerance_s: float = TOLERANCE_S) -> Matches:
    """Match onset frames one to one: as many pairs as possible within the tolerance, then the closest ones.

    Both lists are sorted, so the best pairs never cross and dynamic programming over the two lists finds them.
    """
    found, true = sorted(found), sorted(true)
    reach = tolerance_s * FPS + 1e-9
    best: list[list[tuple[int, float]]] = [[(0, 0.0)] * (len(true) + 1) for _ in range(len(found) + 1)]
    for i, a in enumerate(found, start=1):
        for j, b in enumerate(true, start=1):
            options = [best[i - 1][j], best[i][j - 1]]
            if abs(a - b) <= reach:
                pairs, closeness = best[i - 1][j - 1]
                options.append((pairs + 1, closeness - abs(a - b)))
            best[i][j] = max(options)
    errors: list[float] = []
    i, j = len(found), len(true)
    while i and j:
        if best[i][j] == best[i - 1][j]:
            i -= 1
        elif best[i][j] == best[i][j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            errors.append((found[i] - true[j]) / FPS)
    return Matches(len(found), len(true), tuple(reversed(errors)))


def sum_matches(matches: Iterable[Matches]) -> Matches:
    """The matches of several clips as one."""
    clips = list(matches)
    return Matches(
        sum(clip.found for clip in clips),
        sum(clip.true for clip in clips),
        tuple(error for clip in clips for error in clip.errors_s),
    )


def score_reaction(
    kind: str, prediction: Motion, truth: Motion | Sequence[int], listening: np.ndarray | None = None
) -> Matches:
    """Detections in `prediction` against true onset frames, or against detections in the true motion."""
    true = only_while(sorted(truth), listening) if not isinstance(truth, Motion) else detect(kind, truth, listening)
    return match_onsets(detect(kind, prediction, listening), true)


def answered(onsets: Sequence[int], moments: Sequence[int]) -> int:
    """How many moments are followed by one of the onsets within a second."""
    return sum(any(0 <= onset - moment < WINDOW for onset in onsets) for moment in moments)


def reactivity(motion: Motion, with_other_user: Motion) -> dict[str, float]:
    """Root mean square change per group, divided by the group's standard deviation over time in `motion`.

    0 = the user is ignored; sqrt(2) = as different as two unrelated clips. The two are trimmed to the shorter.
    """
    if motion.space is not with_other_user.space:
        raise VisavisError(f"motions in {motion.space.name} and {with_other_user.space.name} cannot be compared")
    frames = min(len(motion), len(with_other_user))
    scores: dict[str, float] = {}
    for group in motion.space.groups:
        values = motion[group][:frames].astype(np.float64)
        change = np.mean((with_other_user[group][:frames] - values) ** 2)
        spread = np.mean(np.var(values, axis=0))
        scores[group] = float(np.sqrt(change / spread)) if spread > 0 else (0.0 if change == 0 else float("inf"))
    return scores
