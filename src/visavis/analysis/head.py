"""How the head turns: yaw, pitch, roll and angular speed in any space with a head rotation.

Shapes: B windows, T frames, D channels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rotations import from_quaternion, quaternions_of
from visavis.core.spaces import MotionSpace, Rotation

if TYPE_CHECKING:
    from torch import Tensor


def head_rotation(space: MotionSpace) -> Rotation:
    """The rotation that makes up the group `pose`; raises `VisavisError` where a space has none."""
    rotation = space.rotation_of("pose")
    if rotation is None:
        raise VisavisError(f"motion space {space.name} has no head rotation: its group 'pose' must be one rotation")
    return rotation


def has_head(space: MotionSpace) -> bool:
    """Whether a space has a head rotation."""
    return space.rotation_of("pose") is not None


def head_angles(motion: Motion) -> np.ndarray:
    """Yaw, pitch and roll of the head [rad], (T, 3); looking down is positive pitch."""
    quaternions = quaternions_of(motion.values, head_rotation(motion.space))
    angles: np.ndarray = from_quaternion(quaternions, "yaw-pitch-roll")
    return angles


def head_speed(motion: Motion) -> np.ndarray:
    """Angular speed of the head from each frame to the next [rad/s], (T - 1,)."""
    quaternions = quaternions_of(motion.values, head_rotation(motion.space))
    half = np.linalg.norm(np.diff(_same_side(quaternions), axis=0), axis=1) / 2
    speed: np.ndarray = 4 * np.arcsin(np.minimum(half, 1.0)) * motion.fps
    return speed


def head_steps(motion: Tensor, space: MotionSpace) -> Tensor:
    """How far the channels of the head step from each frame to the next, (B, T, D) -> (B, T - 1) [rad].

    The distance of the angles, which is the angle between the heads while they turn little: what a batch tells at once.
    """
    steps: Tensor = motion[..., list(space.groups["pose"])].diff(dim=-2).norm(dim=-1)
    return steps


def _same_side(quaternions: np.ndarray) -> np.ndarray:
    """The same rotations with signs such that neighbours (T, 4) are on the same side of the sphere."""
    flips = np.sum(quaternions[1:] * quaternions[:-1], axis=1) < 0
    sign = np.cumprod(np.concatenate([[1.0], np.where(flips, -1.0, 1.0)]))
    return quaternions * sign[:, None]
