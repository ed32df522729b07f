"""A performance: motion of any showable space made ready for a head, with values clipped and the gaze settled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.core.builtin_spaces import ARKIT61, ARKIT_WEIGHTS
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.retarget import to_arkit

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
    return Motion(np.zeros((frames, ARKIT61.width), np.float32), ARKIT61)


def require_showable(motion: Motion) -> Motion:
    """Itself; raises `VisavisError` where it is empty or not finite."""
    if len(motion) == 0:
        raise VisavisError("motion to show has no frames; give at least one")
    return motion.require_finite("motion to show")


def performance(motion: Motion) -> Performance:
    """Prepare motion of any showable space.

    Raises `VisavisError` when the motion is empty, not finite or of a space that has no mapping.
    """
    shown = to_arkit(require_showable(motion))
    values = shown.values.copy()
    space = shown.space
    weights = np.concatenate([space.indices("exp"), space.indices("jaw")])
    values[:, weights] = np.clip(values[:, weights], 0, 1)
    values[:, space.indices("pose")] = np.clip(values[:, space.indices("pose")], -_MOST_TURN, _MOST_TURN)
    shown = Motion(values, space, motion.fps)
    return Performance(shown, np.clip(_gaze(shown), -_MOST_GAZE, _MOST_GAZE))


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
