"""Any motion -> what the head needs: the 52 ARKit weights, gaze and head pose, frame by frame.

`flame56` and `colocated78` have learnt expression codes without names, so only jaw and head (flame56) or head and
eyes (colocated78) can be shown; the rest of the face stays neutral.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from visavis.core.builtin_spaces import ARKIT_WEIGHTS, JAW_FULLY_OPEN
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rotations import from_quaternion, multiply, to_quaternion
from visavis.core.spaces import space_named

_FULL_LOOK = {"yaw": 0.60, "down": 0.60, "up": 0.45}
"""Eye angle [rad] of a full look weight, measured on a Live Link Face capture."""
_EYE_ANGLES = ("LeftEyeYaw", "LeftEyePitch", "RightEyeYaw", "RightEyePitch")
_MOST_TURN, _MOST_GAZE = 1.0, 0.62


@dataclass(frozen=True, eq=False)
class Pose:
    """One frame of a head: `weights` (52,) in the order of `ARKIT_WEIGHTS`, in [0, 1]; angles [rad].

    `head` (3,) is yaw, pitch, roll; `gaze` (4,) is left yaw, left pitch, right yaw, right pitch.
    """

    weights: np.ndarray
    head: np.ndarray
    gaze: np.ndarray


@dataclass(frozen=True, eq=False)
class Performance:
    """An arkit61 motion made ready to be shown: out-of-range values clipped, gaze settled."""

    motion: Motion
    gaze: np.ndarray

    def __len__(self) -> int:
        return len(self.motion)

    def with_eyes(self) -> Motion:
        """The motion with the eyes turned as they are to be shown."""
        values, space = self.motion.values.copy(), self.motion.space
        for name, column in zip(_EYE_ANGLES, self.gaze.T, strict=True):
            values[:, space.indices(name)[0]] = column
        return Motion(values, space, self.motion.fps)

    def pose(self, frame: int) -> Pose:
        """The pose in a frame; before the first and after the last frame the head stands still."""
        frame = min(max(frame, 0), len(self) - 1)
        values, space = self.motion.values[frame], self.motion.space
        weights = np.array([values[space.indices(name)[0]] for name in ARKIT_WEIGHTS])
        return Pose(weights, values[space.indices("pose")], self.gaze[frame])


def still(frames: int = 1) -> Motion:
    """A neutral face that does not move."""
    space = space_named("arkit61")
    return Motion(np.zeros((frames, space.width), np.float32), space)


def performance(motion: Motion) -> Performance:
    """Prepare motion of any showable space.

    Raises `VisavisError` when the motion is empty, not finite or of a space that has no mapping.
    """
    if len(motion) == 0:
        raise VisavisError("motion to show has no frames; give at least one")
    shown = to_arkit(motion.require_finite("motion to show"))
    values = shown.values.copy()
    space = shown.space
    weights = np.concatenate([space.indices("exp"), space.indices("jaw")])
    values[:, weights] = np.clip(values[:, weights], 0, 1)
    values[:, space.indices("pose")] = np.clip(values[:, space.indices("pose")], -_MOST_TURN, _MOST_TURN)
    shown = Motion(values, space, motion.fps)
    return Performance(shown, np.clip(_gaze(shown), -_MOST_GAZE, _MOST_GAZE))


def to_arkit(motion: Motion) -> Motion:
    """The motion in arkit61 as far as it can be known. Raises `VisavisError` for a space without a mapping."""
    if motion.space.name == "arkit61":
        return motion
    if motion.space.name not in _MAPPINGS:
        raise VisavisError(
            f"motion in space {motion.space.name!r} cannot be shown; showable are: {', '.join(['arkit61', *_MAPPINGS])}"
        )
    space = space_named("arkit61")
    values = np.zeros((len(motion), space.width), np.float32)
    for name, channel in _MAPPINGS[motion.space.name](motion).items():
        values[:, space.indices(name)[0]] = channel
    return Motion(values, space, motion.fps)


def _from_flame(motion: Motion) -> dict[str, np.ndarray]:
    opening = motion["jaw"][:, 0] / JAW_FULLY_OPEN
    return {"JawOpen": np.clip(opening, 0, 1), **_turn("Head", to_quaternion(motion["pose"], "axis-angle"))}


def _from_colocated(motion: Motion) -> dict[str, np.ndarray]:
    neck, head = (to_quaternion(motion[name], "axis-angle") for name in ("neck", "pose"))
    left, right = (to_quaternion(eye, "axis-angle") for eye in np.split(motion["gaze"], 2, axis=1))
    return {**_turn("Head", multiply(neck, head)), **_turn("LeftEye", left), **_turn("RightEye", right)}


_MAPPINGS: Mapping[str, Callable[[Motion], dict[str, np.ndarray]]] = {
    "flame56": _from_flame,
    "colocated78": _from_colocated,
}


def _turn(bone: str, quaternions: np.ndarray) -> dict[str, np.ndarray]:
    """Rotations in axes x own left, y up, z forward -> arkit61 angles, whose x axis points to the own right."""
    yaw, pitch, roll = np.moveaxis(from_quaternion(quaternions, "yaw-pitch-roll"), -1, 0)
    return {f"{bone}Yaw": -yaw, f"{bone}Pitch": pitch, f"{bone}Roll": -roll}


def _gaze(motion: Motion) -> np.ndarray:
    """Left yaw, left pitch, right yaw, right pitch (T, 4) [rad]: the eye angles, or the look weights if those are 0."""
    gaze = np.concatenate([motion[name] for name in _EYE_ANGLES], axis=1)
    if np.any(gaze):
        return gaze
    columns: list[np.ndarray] = []
    for side, right_is_in in (("Left", 1.0), ("Right", -1.0)):
        inwards = motion[f"EyeLookIn{side}"] - motion[f"EyeLookOut{side}"]
        columns.append(right_is_in * _FULL_LOOK["yaw"] * inwards)
        columns.append(
            _FULL_LOOK["down"] * motion[f"EyeLookDown{side}"] - _FULL_LOOK["up"] * motion[f"EyeLookUp{side}"]
        )
    return np.concatenate(columns, axis=1)
