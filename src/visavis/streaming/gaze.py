"""Where the eyes look when a dial decides: at the partner, who is straight ahead, or aside.

Shapes: T frames, D motion channels. A face looks along +z of its own frame, y up.
"""

from __future__ import annotations

import numpy as np

from visavis.analysis.gaze import head_turn
from visavis.core.clock import frames_of
from visavis.core.rotations import from_quaternion, multiply, to_quaternion
from visavis.streaming.face import Face

_EVERY = frames_of(4)
_SHIFT = 4
"""Frames that a look aside takes to begin or end."""
_LIMIT = 0.6
"""How far eyes turn in the head [rad]."""
_FULL_LOOK = {"In": 0.6, "Out": 0.6, "Down": 0.6, "Up": 0.45}
"""The eye's angle at a look weight of 1 [rad]."""


def aside(first: int, count: int, contact: float, seed: int) -> np.ndarray:
    """Yaw and pitch (T, 2) [rad] of `count` looks from the frame `first` on, 0 = at the partner.

    One look aside at a random place of each 4 s, so long that the share `contact` is left.
    """
    looked = np.zeros((count, 2))
    away = round((1 - contact) * _EVERY)
    if away == 0:
        return looked
    frames = np.arange(first, first + count)
    for number in range((first - _SHIFT) // _EVERY, (first + count + _SHIFT) // _EVERY + 1):
        random = np.random.default_rng([seed % 2**32, 2, number % 2**32])
        start = number * _EVERY + int(random.integers(_EVERY - away + 1)) - 0.5
        yaw = random.uniform(0.28, 0.4) * random.choice([-1, 1])
        pitch = random.uniform(-0.05, 0.2)
        level = _ease((frames - start) / _SHIFT + 0.5) * _ease((start + away - frames) / _SHIFT + 0.5)
        looked += level[:, None] * np.array([yaw, pitch])
    return looked


def looking(face: Face, values: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Motion (T, D) whose eyes look at `target`, yaw and pitch (T, 2) [rad], however neck and head are turned."""
    ahead = multiply(head_turn(values, face.space) * np.array([1, -1, -1, -1]), _angles(target))
    yaw, pitch = np.clip(from_quaternion(ahead, "yaw-pitch-roll")[:, :2], -_LIMIT, _LIMIT).T
    values = values.copy()
    for rotation in face.space.rotations_in("gaze"):
        values[:, list(rotation.channels)] = from_quaternion(_angles(np.stack([yaw, pitch], 1)), rotation.form)
        side = rotation.name.removesuffix("Eye")
        inwards = yaw if side == "Left" else -yaw
        for look, angle in (("In", inwards), ("Out", -inwards), ("Down", pitch), ("Up", -pitch)):
            if f"EyeLook{look}{side}" in face.space.channels:
                weight = np.maximum(angle, 0) / _FULL_LOOK[look]
                values[:, face.space.indices(f"EyeLook{look}{side}")] = weight[:, None]
    return values


def _angles(yaw_pitch: np.ndarray) -> np.ndarray:
    return to_quaternion(np.pad(yaw_pitch, ((0, 0), (0, 1))), "yaw-pitch-roll")


def _ease(x: np.ndarray) -> np.ndarray:
    x = np.clip(x, 0, 1)
    return np.asarray(x * x * (3 - 2 * x))
