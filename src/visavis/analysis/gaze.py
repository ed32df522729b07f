"""Gaze: where the eyes look, in any space that turns head and eyes.

Shapes: T frames, D channels. A face looks along +z of its own frame, y up; gaze = neck, then head, then the mean of
both eyes (Talking Together, arXiv 2603.08674).
"""

from __future__ import annotations

import numpy as np

from visavis.analysis.head import head_rotation
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rotations import multiply, quaternions_of, to_quaternion
from visavis.core.spaces import MotionSpace

CONTACT_DEG = 10.0
"""Somebody who looks less than this past another's head looks at them [deg]."""

FORWARD = np.array([0.0, 0.0, 1.0])


def has_gaze(space: MotionSpace) -> bool:
    """Whether a space turns both the head and the eyes."""
    return bool(space.rotations_in("gaze")) and bool(space.rotations_in("pose"))


def gaze_directions(motion: Motion) -> np.ndarray:
    """Unit vectors (T, 3) along which the person looks; raises `VisavisError` for a space without eyes or head."""
    eyes = motion.space.rotations_in("gaze")
    if not eyes:
        raise VisavisError(f"motion space {motion.space.name} has no eyes: it needs a group 'gaze' of rotations")
    head_rotation(motion.space)
    head = head_turn(motion.values, motion.space)
    mean = np.mean([_forward(multiply(head, quaternions_of(motion.values, eye))) for eye in eyes], axis=0)
    directions: np.ndarray = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    return directions


def looks_at(directions: np.ndarray, target: np.ndarray = FORWARD) -> np.ndarray:
    """Where gaze `directions` (T, 3) meet the direction of a target (3,) or (T, 3) within `CONTACT_DEG`: (T,) bool."""
    meets: np.ndarray = angle_deg(directions, target) < CONTACT_DEG
    return meets


def head_turn(values: np.ndarray, space: MotionSpace) -> np.ndarray:
    """How neck and head together turn the eyes, of motion values (T, D): unit quaternions (T, 4).

    (4,) in a space that turns neither.
    """
    turned = to_quaternion(np.zeros(3), "yaw-pitch-roll")
    for rotation in (*space.rotations_in("neck"), *space.rotations_in("pose")):
        turned = multiply(turned, quaternions_of(values, rotation))
    return turned


def angle_deg(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Angles [deg] (T,) between directions (T, 3) or (3,), exact for small ones, too."""
    cross = np.linalg.norm(np.cross(first, second), axis=-1)
    angle: np.ndarray = np.degrees(np.arctan2(cross, np.sum(first * second, axis=-1)))
    return angle


def _forward(quaternions: np.ndarray) -> np.ndarray:
    """+z turned by unit quaternions (T, 4) -> (T, 3)."""
    w, x, y, z = np.moveaxis(quaternions, -1, 0)
    return np.stack([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)], axis=-1)
