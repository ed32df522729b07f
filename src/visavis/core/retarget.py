"""Retargeting: motion of any space, brought to arkit61 as far as its channels have a meaning there.

What a space can show is read from its channels and groups, so that a newly registered one needs nothing here:

- channels that are called as one of arkit61 are taken as they are;
- a group `jaw` that is one rotation opens `JawOpen`;
- a group `pose` that is one rotation, after a group `neck` if there is one, turns the head;
- a group `gaze` of two rotations turns the left and the right eye.

Rotations are axis-angle, in axes x to the own left, y up, z ahead. Expression codes without names cannot be shown.
"""

from __future__ import annotations

import numpy as np

from visavis.core.builtin_spaces import ARKIT61, JAW_FULLY_OPEN
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rotations import from_quaternion, multiply, quaternions_of, to_quaternion
from visavis.core.spaces import MotionSpace, Rotation, registered_spaces

_EYES = ("LeftEye", "RightEye")


def is_showable(space: MotionSpace) -> bool:
    """Whether any channel of a space has a meaning in arkit61."""
    named = not set(ARKIT61.channels).isdisjoint(space.channels)
    return named or bool(_whole(space, "jaw") or _whole(space, "pose") or _eyes(space))


def require_showable(space: MotionSpace) -> None:
    """Raise `VisavisError` for a space that cannot be shown, naming those that can."""
    if not is_showable(space):
        showable = ", ".join(known.name for known in registered_spaces() if is_showable(known))
        raise VisavisError(f"motion in space {space.name!r} cannot be shown; showable are: {showable}")


def to_arkit(motion: Motion) -> Motion:
    """The motion in arkit61 as far as it can be known. Raises `VisavisError` for a space that cannot be shown."""
    space = motion.space
    if space is ARKIT61:
        return motion
    require_showable(space)
    shown = Motion(np.zeros((len(motion), ARKIT61.width), np.float32), ARKIT61, motion.fps, state=motion.state)
    for name in set(ARKIT61.channels).intersection(space.channels):
        _put(shown, name, motion[name][:, 0])
    jaw, neck, head = (_whole(space, group) for group in ("jaw", "neck", "pose"))
    if jaw is not None:
        _put(shown, "JawOpen", np.clip(motion.values[:, jaw.channels[0]] / JAW_FULLY_OPEN, 0, 1))
    if head is not None:
        turned = quaternions_of(motion.values, head)
        _turn(shown, "Head", turned if neck is None else multiply(quaternions_of(motion.values, neck), turned))
    for bone, eye in zip(_EYES, _eyes(space), strict=False):
        _turn(shown, bone, quaternions_of(motion.values, eye))
    return shown


def _whole(space: MotionSpace, group: str) -> Rotation | None:
    """The axis-angle rotation that is the whole of a group."""
    rotation = space.rotation_of(group)
    return rotation if rotation is not None and rotation.form == "axis-angle" else None


def _eyes(space: MotionSpace) -> tuple[Rotation, ...]:
    """The rotations of the left and the right eye; none where the group `gaze` is anything else."""
    eyes = space.rotations_in("gaze")
    return eyes if len(eyes) == len(_EYES) and all(eye.form == "axis-angle" for eye in eyes) else ()


def arkit_angles(quaternions: np.ndarray) -> np.ndarray:
    """Rotations (..., 4) in axes x to the own left, y up, z ahead -> yaw, pitch, roll (..., 3) [rad] of arkit61."""
    return from_quaternion(quaternions * _OWN_RIGHT, "yaw-pitch-roll")


def arkit_turns(angles: np.ndarray) -> np.ndarray:
    """Yaw, pitch, roll (..., 3) [rad] of arkit61 -> rotations (..., 4) in axes x to the own left, y up, z ahead."""
    return np.asarray(to_quaternion(angles, "yaw-pitch-roll") * _OWN_RIGHT)


_OWN_RIGHT = np.array([1.0, 1.0, -1.0, -1.0])
"""The x axis of arkit61 points to the own right."""


def _turn(shown: Motion, bone: str, quaternions: np.ndarray) -> None:
    for angle, values in zip(("Yaw", "Pitch", "Roll"), np.moveaxis(arkit_angles(quaternions), -1, 0), strict=True):
        _put(shown, f"{bone}{angle}", values)


def _put(shown: Motion, channel: str, values: np.ndarray) -> None:
    shown.values[:, ARKIT61.indices(channel)[0]] = values
