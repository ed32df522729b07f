"""Sliding windows over long motion: how far each is from the motion of people, and whether that changes.

A window is 60 s long: in less, who happens to speak decides what its frames look like. They begin every 10 s.
Shapes: T frames, D channels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from visavis.analysis.head import has_head, head_speed
from visavis.core.clock import FPS
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.validate.metrics.frechet import gaussian_distance
from visavis.validate.metrics.intervals import Estimate, Share, estimate
from visavis.validate.metrics.pooled import Sums, sums_of

HOP_S = 10
HOPS = 6
"""A window is so many hops long."""
UNIT = 2 * HOPS
"""Windows that begin within so many hops are drawn together by the bootstrap, for neighbours share their frames."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """Frames as sums, which add up: of all channels, and the angle the head turned through [rad] in so many steps."""

    sums: Sums
    turned: float
    steps: int

    def __add__(self, other: Stretch) -> Stretch:
        return Stretch(self.sums + other.sums, self.turned + other.turned, self.steps + other.steps)

    @property
    def head_speed(self) -> float:
        """The mean angular speed of the head [rad/s]."""
        return self.turned * FPS / max(1, self.steps)


def stretch(motion: Motion) -> Stretch:
    """Two frames or more of motion as sums."""
    turned = float(head_speed(motion).sum()) / FPS if has_head(motion.space) else 0.0
    return Stretch(sums_of(motion.values), turned, len(motion) - 1)


def windows(hops: Sequence[Stretch]) -> list[Stretch]:
    """Every window over stretches of `HOP_S` each, in time order."""
    found = []
    for start in range(len(hops) - HOPS + 1):
        first, *more = hops[start : start + HOPS]
        for one in more:
            first = first + one
        found.append(first)
    return found


def window_scores(window: Stretch, reference: Stretch, space: MotionSpace, groups: Sequence[str]) -> dict[str, float]:
    """How far a window is from the reference, by group.

    `fd_`: Frechet distance of the frames. `offset_`: root mean square over channels of the distance of the means, in
    the reference's standard deviations. `deviation_`: root of the variance summed over channels, over the reference's;
    1 = as much. `head_speed`: over the reference's. Channels that never move in the reference count in `fd_` alone.
    """
    scores: dict[str, dict[str, float]] = {"fd": {}, "offset": {}, "deviation": {}}
    means, variances = zip(*(_moments(one.sums) for one in (window, reference)), strict=True)
    for group in groups:
        channels = space.indices(group)
        scores["fd"][group] = gaussian_distance(window.sums.gaussian(channels), reference.sums.gaussian(channels))
        moving = channels[variances[1][channels] > 1e-8]
        if len(moving):
            offset = (means[0][moving] - means[1][moving]) ** 2 / variances[1][moving]
            scores["offset"][group] = float(np.sqrt(offset.mean()))
            scores["deviation"][group] = float(np.sqrt(variances[0][moving].sum() / variances[1][moving].sum()))
    found = {f"{key}_{group}": value for key, by_group in scores.items() for group, value in by_group.items()}
    return found | ({"head_speed": window.head_speed / reference.head_speed} if reference.turned > 0 else {})


@dataclass(frozen=True)
class Change:
    """One measure at the beginning and at the end (means over windows), and the end over the beginning."""

    first: float
    last: float
    ratio: Estimate


@dataclass(frozen=True)
class Drift:
    """The scores of every window of each conversation in time order, and the end beside the beginning by measure."""

    tracks: Sequence[Sequence[Mapping[str, float]]]
    changes: Mapping[str, Change]

    @property
    def over_time(self) -> dict[str, list[float]]:
        """Each measure over the windows, the mean of the conversations."""
        return {
            name: np.mean([[window[name] for window in track] for track in self.tracks], axis=0).tolist()
            for name in self.changes
        }


def drift_of(tracks: Sequence[Sequence[Mapping[str, float]]], part: int) -> Drift:
    """What changes from the first to the last `part` hops of each conversation, given the scores of its windows.

    Of both parts the windows that lie wholly inside count. The ratio's interval resamples stretches of two minutes, the
    same ones of both parts: where people say the same in both, what is left is drift and chance.
    """
    inside = part - HOPS + 1
    units: list[list[dict[str, Share]]] = []
    for track in tracks:
        pairs = [_shares(*pair) for pair in zip(track[:inside], track[-inside:], strict=True)]
        units += [pairs[start : start + UNIT] for start in range(0, inside, UNIT)]
    every = [pair for unit in units for pair in unit]
    changes = {}
    for name, ratio in estimate(units).items():
        first, last = (
            float(np.mean(side)) for side in zip(*((p[name].below, p[name].above) for p in every), strict=True)
        )
        changes[name] = Change(first, last, ratio)
    return Drift(tracks, changes)


def _shares(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, Share]:
    return {name: Share(after[name], value) for name, value in before.items()}


def _moments(sums: Sums) -> tuple[np.ndarray, np.ndarray]:
    mean = sums.total / sums.count
    return mean, np.maximum(0.0, np.diag(sums.products) / sums.count - mean**2)
