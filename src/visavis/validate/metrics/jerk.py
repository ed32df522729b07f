"""Metrics of jerk at window joints: does motion that was drawn window after window jolt where two of them meet?

Jerk is the size of the third difference of the channels, each over its true standard deviation. A stretch of seven
third differences lies about every joint; others of that length, which no joint touches, are what it is held against.
Peak jerk and the area under jerk follow FlowMDM (Barquero et al., CVPR 2024). Shapes: T frames, D channels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.core.motion import Motion
from visavis.validate.metrics.turns import continuous_turns, nearest_turns

_BESIDE = 2
_SPAN = 3
"""Third differences that a joint is in: those that begin one to three frames before its first new frame."""
_LENGTH = _SPAN + 2 * _BESIDE


@dataclass(frozen=True)
class Jerk:
    """At the joints over elsewhere in the same motion, and over natural motion: 1 = no seam; NaN where nothing moves.

    peak: the mean over stretches of the largest jerk. area: the mean over stretches of how far jerk is from natural
    motion's mean, summed.
    """

    peak: float
    peak_natural: float
    area: float
    area_natural: float


def jerk_at_joints(made: Motion, true: Motion, frames_per_step: int, start: int = 0) -> Jerk:
    """Jerk of `made` where steps of `frames_per_step` meet, the first joint after `start` + a step.

    `true` is how the person truly moves in these frames; channels that stand still in it are left out. Turns are taken
    in the forms that are nearest (`metrics.turns`).
    """
    true = continuous_turns(true)
    made = nearest_turns(made, true)
    spread = true.values.astype(np.float64).std(axis=0)
    moving = spread > 1e-6
    drawn, natural = (_jerk(one.values[:, moving] / spread[moving]) for one in (made, true))
    joints = np.arange(start + frames_per_step, len(made), frames_per_step)
    level = float(natural.mean()) if len(natural) else 0.0
    places = _about(joints, len(drawn)), _apart(joints, len(drawn)), _apart(joints[:0], len(natural))
    about, apart, everywhere = (
        _measured(sizes, begins, level) for sizes, begins in zip((drawn, drawn, natural), places, strict=True)
    )
    return Jerk(
        about.peak / apart.peak, about.peak / everywhere.peak, about.area / apart.area, about.area / everywhere.area
    )


@dataclass(frozen=True)
class _Measured:
    """Mean peak and mean area of some stretches; NaN where there are none, and where nothing moves in them."""

    peak: float
    area: float


def _measured(sizes: np.ndarray, begins: np.ndarray, level: float) -> _Measured:
    stretches = sizes[begins[:, None] + np.arange(_LENGTH)]
    if not len(stretches) or not stretches.any():
        return _Measured(float("nan"), float("nan"))
    return _Measured(float(stretches.max(axis=1).mean()), float(np.abs(stretches - level).sum(axis=1).mean()))


def _jerk(values: np.ndarray) -> np.ndarray:
    """The size of the third differences of (T, D): (T - 3,)."""
    size: np.ndarray = np.linalg.norm(np.diff(values, n=3, axis=0), axis=1)
    return size


def _about(joints: np.ndarray, count: int) -> np.ndarray:
    """Where the stretches about joints begin, as far as they lie within `count` third differences."""
    begins = joints - _SPAN - _BESIDE
    within: np.ndarray = begins[(begins >= 0) & (begins + _LENGTH <= count)]
    return within


def _apart(joints: np.ndarray, count: int) -> np.ndarray:
    """Where stretches begin that no joint is in."""
    touched = np.zeros(count + 1, dtype=np.int64)
    for joint in joints:
        touched[max(0, joint - _SPAN) + 1 : joint + 1] = 1
    counts = np.cumsum(touched)
    begins = np.arange(max(0, count - _LENGTH + 1))
    free: np.ndarray = begins[counts[begins + _LENGTH] == counts[begins]]
    return free
