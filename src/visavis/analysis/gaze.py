"""Gaze: where the eyes look, in any space that turns head and eyes, and at whom, where motion says where people are.

Shapes: T frames, D channels. A face looks along +z of its own frame, y up; gaze = neck, then head, then the mean of
both eyes (Talking Together, arXiv 2603.08674). Of co-located motion that is the gaze in the world; its translation is
the middle of the eyes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from visavis.analysis.head import head_rotation
from visavis.core.clock import FPS
from visavis.core.colocation import require_places
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rotations import multiply, quaternions_of, to_quaternion, turned
from visavis.core.spaces import MotionSpace
from visavis.encode.activity import runs

CONTACT_DEG = 10.0
"""Somebody who looks less than this past another's head looks at them [deg]."""

FORWARD = np.array([0.0, 0.0, 1.0])
_NEAREST_M = 1e-9


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
    mean = np.mean([turned(multiply(head, quaternions_of(motion.values, eye)), FORWARD) for eye in eyes], axis=0)
    directions: np.ndarray = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    return directions


def looks_at(directions: np.ndarray, target: np.ndarray = FORWARD) -> np.ndarray:
    """Where gaze `directions` (T, 3) meet the direction of a target (3,) or (T, 3) within `CONTACT_DEG`: (T,) bool."""
    meets: np.ndarray = angle_deg(directions, target) < CONTACT_DEG
    return meets


def partner_directions(motion: Motion, partner: Motion) -> np.ndarray:
    """Unit vectors (T, 3) in the world from a person's eyes to another's, over the common frames.

    Raises `VisavisError` where one of the motions does not say where its person is.
    """
    frames = min(len(motion), len(partner))
    own, other = (require_places(one)["translation"][:frames].astype(np.float64) for one in (motion, partner))
    apart = np.linalg.norm(other - own, axis=1, keepdims=True)
    directions: np.ndarray = (other - own) / np.maximum(apart, _NEAREST_M)
    return directions


def angle_to_partner_deg(motion: Motion, partner: Motion) -> np.ndarray:
    """How far a person looks past another's eyes [deg], (T,) over the common frames; errors of `partner_directions`."""
    to_partner = partner_directions(motion, partner)
    return angle_deg(gaze_directions(motion)[: len(to_partner)], to_partner)


def looks_at_partner(motion: Motion, partner: Motion) -> np.ndarray:
    """Where a person looks at another, within `CONTACT_DEG`: (T,) bool; errors of `partner_directions`."""
    looks: np.ndarray = angle_to_partner_deg(motion, partner) < CONTACT_DEG
    return looks


def mutual_gaze_share(first: Motion, second: Motion) -> float:
    """Share of frames in which two people in one room look at each other; errors of `partner_directions`."""
    return float(np.mean(looks_at_partner(first, second) & looks_at_partner(second, first)))


def looked_at(motion: Motion, others: Sequence[Motion]) -> np.ndarray:
    """Who of several others a person looks at: (T,) int, the index of the one nearest to the gaze, -1 for nobody.

    Over the common frames of all. Raises `VisavisError` without others, and where somebody's place is not told.
    """
    if not others:
        raise VisavisError("nobody is there to be looked at; give the motion of one other person at least")
    frames = min(len(motion), *map(len, others))
    angles = np.stack([angle_to_partner_deg(motion, other)[:frames] for other in others])
    nearest: np.ndarray = angles.argmin(axis=0)
    return np.where(angles.min(axis=0) < CONTACT_DEG, nearest, -1)


def dwell_times_s(looks: np.ndarray, fps: float = FPS) -> np.ndarray:
    """How long each look lasts [s], (n,), of looks (T,) bool that begin and end within the recording."""
    return np.array([(stop - start) / fps for start, stop in runs(looks) if start > 0 and stop < len(looks)])


def head_turn(values: np.ndarray, space: MotionSpace) -> np.ndarray:
    """How neck and head together turn the eyes, of motion values (T, D): unit quaternions (T, 4).

    (4,) in a space that turns neither.
    """
    together = to_quaternion(np.zeros(3), "yaw-pitch-roll")
    for rotation in (*space.rotations_in("neck"), *space.rotations_in("pose")):
        together = multiply(together, quaternions_of(values, rotation))
    return together


def angle_deg(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Angles [deg] (T,) between directions (T, 3) or (3,), exact for small ones, too."""
    cross = np.linalg.norm(np.cross(first, second), axis=-1)
    angle: np.ndarray = np.degrees(np.arctan2(cross, np.sum(first * second, axis=-1)))
    return angle
