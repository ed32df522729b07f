"""Lips: how far the mouth is open, how far the lips are apart, and how round they are, frame by frame.

Shapes: T frames, D channels; (...) any axes. Works in every space with a jaw: JawOpen where it is named, else the jaw's
rotation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace

if TYPE_CHECKING:
    from torch import Tensor

Values = TypeVar("Values", np.ndarray, "Tensor")
"""Motion values, as an array or as a tensor on any device."""

ROUNDING = ("MouthFunnel", "MouthPucker")


def mouth_opening(motion: Motion) -> np.ndarray:
    """How far the jaw is open, (T,): JawOpen [0, 1], or the angle [rad] of a jaw that is a rotation.

    Raises `VisavisError` where a space has neither.
    """
    return np.ascontiguousarray(opening_of(motion.values, motion.space))


def lip_gap(motion: Motion) -> np.ndarray:
    """How far the lips are apart, (T,): the mouth opening less MouthClose where the space has that channel."""
    return np.ascontiguousarray(gap_of(motion.values, motion.space))


def opening_of(values: Values, space: MotionSpace) -> Values:
    """`mouth_opening` of motion values (..., D) of a space -> (...)."""
    if "JawOpen" in space.channels:
        return values[..., space.channels.index("JawOpen")]
    if "jaw" not in space.groups:
        raise VisavisError(f"motion space {space.name} has no jaw; lips need a channel JawOpen or a group jaw")
    jaw = values[..., list(space.groups["jaw"])]
    angle: Values = (jaw**2).sum(-1) ** 0.5
    return angle


def gap_of(values: Values, space: MotionSpace) -> Values:
    """`lip_gap` of motion values (..., D) of a space -> (...)."""
    opening = opening_of(values, space)
    return opening - values[..., space.channels.index("MouthClose")] if "MouthClose" in space.channels else opening


def jaw_sum(motion: Tensor, space: MotionSpace, counted: Tensor) -> Tensor:
    """The sum of the jaw's channels that count, one after the other for all frames in which any does: -> (N,).

    `motion` and `counted` (bool) are (..., D). How the jaw moves where a part of it is known, in the space's units.
    """
    jaw = list(space.groups["jaw"])
    told = counted[..., jaw]
    return (motion[..., jaw] * told).sum(-1)[told.any(-1)]


def rounding(motion: Motion) -> np.ndarray:
    """How round the lips are, (T,): the mean of MouthFunnel and MouthPucker."""
    return np.asarray(np.mean([motion[name][:, 0] for name in ROUNDING], axis=0))


def has_jaw(motion: Motion) -> bool:
    """Whether `mouth_opening` can be read from this motion."""
    name = "JawOpen" if "JawOpen" in motion.space.channels else "jaw"
    return (name in motion.space.channels or name in motion.space.groups) and motion.knows(name)


def has_rounding(motion: Motion) -> bool:
    """Whether `rounding` can be read from this motion."""
    return all(name in motion.space.channels and motion.knows(name) for name in ROUNDING)
