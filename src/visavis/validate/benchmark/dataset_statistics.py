"""Dataset statistics: mean and variance of the true motion of all cases, and which of them cannot be used.

Shapes: T frames, D channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, SupportsIndex

import numpy as np

from visavis.core.errors import VisavisError
from visavis.core.spaces import MotionSpace
from visavis.validate.benchmark.cases import Case


class SelectedCases(Sequence[Case]):
    """Some of the cases, by their numbers."""

    def __init__(self, cases: Sequence[Case], numbers: Sequence[int]) -> None:
        self._cases, self._numbers = cases, numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: SupportsIndex | slice) -> Any:
        if isinstance(index, slice):
            return SelectedCases(self._cases, self._numbers[index])
        return self._cases[self._numbers[index.__index__()]]


@dataclass(frozen=True, eq=False)
class DatasetStatistics:
    """What all cases say together, and which of them can be evaluated.

    `usable` numbers the cases without a problem, all else is about these. `mean` and `variance` (D,) are those of the
    true motion in `space`, `logged` the kinds of reactions in the event logs, `clips` the conversation of every case,
    `frames` the length of all of them, `seen` how many know their user's motion. `truths` are the true motions (T, D).
    `groups` are those of the space that all true motion knows, users' included.
    `problems` has a line for each conversation that cannot be used.
    """

    mean: np.ndarray
    variance: np.ndarray
    logged: frozenset[str]
    clips: tuple[int, ...]
    frames: int
    space: MotionSpace
    usable: tuple[int, ...]
    seen: int
    truths: tuple[np.ndarray, ...]
    groups: tuple[str, ...]
    problems: tuple[str, ...] = ()

    @property
    def spread(self) -> float:
        """The mean over channels of the standard deviation of the true motion."""
        return float(np.sqrt(self.variance).mean())


def dataset_statistics(
    cases: Sequence[Case], space: MotionSpace | None = None, least_frames: int = 2
) -> DatasetStatistics:
    """Reads every case once; those that are broken, too short or not in `space` (None: the first one's) are problems.

    Raises `VisavisError` where no case is left.
    """
    problems: dict[str, None] = {}
    usable: list[int] = []
    clips: list[int] = []
    truths: list[np.ndarray] = []
    logged: frozenset[str] = frozenset()
    groups: dict[str, None] = {}
    seen = 0
    for number in range(len(cases)):
        try:
            case: Case = cases[number]
            space = case.truth.space if space is None else space
            _require_usable(case, space, least_frames)
        except VisavisError as error:
            problems[str(error)] = None
            continue
        if not usable:
            groups = dict.fromkeys(space.groups)
        people = [case.truth] if case.user_motion is None else [case.truth, case.user_motion]
        groups = {group: None for group in groups if all(motion.knows(group) for motion in people)}
        usable.append(number)
        clips.append(case.clip)
        truths.append(case.truth.values)
        logged |= case.logged
        seen += case.user_motion is not None
    if space is None or not usable:
        raise nothing_left(list(problems))
    mean, variance = _moments(truths)
    return DatasetStatistics(
        mean=mean,
        variance=variance,
        logged=logged,
        clips=tuple(clips),
        frames=sum(map(len, truths)),
        space=space,
        usable=tuple(usable),
        seen=seen,
        truths=tuple(truths),
        groups=tuple(groups),
        problems=tuple(problems),
    )


def _require_usable(case: Case, space: MotionSpace, least_frames: int) -> None:
    if case.truth.space is not space:
        raise VisavisError(
            f"{case.talk.name}: motion in space {case.truth.space.name} cannot be compared with motion of space "
            f"{space.name}; choose data or a model of the same space"
        )
    if case.user_motion is not None and case.user_motion.space is not space:
        raise VisavisError(
            f"{case.talk.name}: its two people are in different spaces, "
            f"{space.name} and {case.user_motion.space.name}; "
            f"convert one of them (visavis convert --space {space.name}), or leave the clip out"
        )
    if len(case.truth) < least_frames:
        raise VisavisError(
            f"{case.talk.name}: {len(case.truth)} frames are less than one turn ({least_frames}); leave the clip out"
        )


def nothing_left(problems: Sequence[str]) -> VisavisError:
    """The error where no case is left: the first of what is wrong, and how much more there is."""
    if not problems:
        return VisavisError("there is nothing to evaluate: no clip has motion of the person to be animated")
    more = f" (and {len(problems) - 1} more clips cannot be used)" if len(problems) > 1 else ""
    return VisavisError(problems[0] + more)


def _moments(motions: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance (D,) of all frames of (T, D) together."""
    frames = sum(map(len, motions))
    mean = sum(motion.sum(axis=0, dtype=np.float64) for motion in motions) / frames
    variance = sum(((motion - mean) ** 2).sum(axis=0) for motion in motions) / frames
    return mean, variance
