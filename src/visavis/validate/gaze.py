"""Gaze: where the eyes look, how far that is from the truth, and how often two people look at each other.

Shapes: T frames. A face looks along +z of its own frame, y up; gaze = neck, then head, then the mean of both eyes
(Talking Together, arXiv 2603.08674).
"""

from __future__ import annotations

import numpy as np

from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rotations import multiply, quaternions_of
from visavis.core.spaces import MotionSpace
from visavis.validate.head import head_rotation

CONTACT_DEG = 10.0
"""Somebody who looks less than this past another's head looks at them [deg]."""

FORWARD = np.array([0.0, 0.0, 1.0])


def has_gaze(space: MotionSpace) -> bool:
    """Whether a space turns both the head and the eyes."""
    return bool(space.rotations_in("gaze")) and bool(space.rotations_in("pose"))


def gaze_directions(motion: Motion) -> np.ndarray:
    """Unit vectors (T, 3) along which the person looks; raises `VisavisError` for a space without eyes."""
    eyes = motion.space.rotations_in("gaze")
    if not eyes:
        raise VisavisError(f"motion space {motion.space.name} has no eyes: it needs a group 'gaze' of rotations")
    body = quaternions_of(motion.values, head_rotation(motion.space))
    for neck in motion.space.rotations_in("neck"):
        body = multiply(quaternions_of(motion.values, neck), body)
    mean = np.mean([_forward(multiply(body, quaternions_of(motion.values, eye))) for eye in eyes], axis=0)
    directions: np.ndarray = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    return directions


def gaze_error_deg(prediction: Motion, target: Motion) -> float:
    """Mean angle between predicted and true gaze [deg] over the common frames."""
    frames = min(len(prediction), len(target))
    return float(np.mean(angle_deg(gaze_directions(prediction)[:frames], gaze_directions(target)[:frames])))


def mutual_gaze(
    first: Motion, second: Motion, to_second: np.ndarray = FORWARD, to_first: np.ndarray = FORWARD
) -> float:
    """Share of frames in which two people look at each other, within `CONTACT_DEG`.

    `to_second` (3,) or (T, 3) points from the first person's head to the second's in the first's frame, `to_first`
    back in the second's; by default they sit face to face.
    """
    frames = min(len(first), len(second))
    looks = angle_deg(gaze_directions(first)[:frames], to_second) < CONTACT_DEG
    answers = angle_deg(gaze_directions(second)[:frames], to_first) < CONTACT_DEG
    return float(np.mean(looks & answers))


def angle_deg(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Angles [deg] (T,) between directions (T, 3) or (3,), exact for small ones, too."""
    cross = np.linalg.norm(np.cross(first, second), axis=-1)
    angle: np.ndarray = np.degrees(np.arctan2(cross, np.sum(first * second, axis=-1)))
    return angle


def _forward(quaternions: np.ndarray) -> np.ndarray:
    """+z turned by unit quaternions (T, 4) -> (T, 3)."""
    w, x, y, z = np.moveaxis(quaternions, -1, 0)
    return np.stack([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)], axis=-1)
