"""Seated conversations recorded with headsets: head and eye angles of one person in degrees -> motion in arkit61."""

from __future__ import annotations

import os

import numpy as np

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.motion import Motion
from visavis.data.broken import BrokenFile

COLOCATED_FPS = 60.0
COLOCATED_COLUMNS = ("HeadRoll", "HeadPitch", "HeadYaw", "EyeYaw", "EyePitch")
"""The columns of `head_eye_deg`; both eyes turn alike."""


def colocated_motion(path: str | os.PathLike[str], degrees: np.ndarray) -> Motion:
    """Motion of `head_eye_deg` (T, 5) [deg] at 60 fps; angles go on past 180 degrees, face weights are 0.

    Raises `BrokenFile` where the array has another shape.
    """
    if degrees.ndim != 2 or degrees.shape[1] != len(COLOCATED_COLUMNS) or degrees.dtype.kind not in "iuf":
        raise BrokenFile(
            path,
            f"head_eye_deg is {degrees.dtype} {degrees.shape}",
            f"give numbers (frames, {len(COLOCATED_COLUMNS)}): {', '.join(COLOCATED_COLUMNS)} [deg]",
        )
    angles = np.deg2rad(np.unwrap(degrees.astype(np.float64), period=360, axis=0))
    values = np.zeros((len(degrees), ARKIT61.width), dtype=np.float32)
    for column, name in enumerate(COLOCATED_COLUMNS):
        for channel in [f"{side}{name}" for side in ("Left", "Right")] if name.startswith("Eye") else [name]:
            values[:, ARKIT61.indices(channel)] = angles[:, [column]]
    return Motion(values, ARKIT61, COLOCATED_FPS)
