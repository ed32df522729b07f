"""Metrics of gaze: how far it is from the truth, and how often two people look at each other. T frames."""

from __future__ import annotations

import numpy as np

from visavis.analysis.gaze import FORWARD, angle_deg, gaze_directions, looks_at
from visavis.core.motion import Motion


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
    looks = looks_at(gaze_directions(first)[:frames], to_second)
    answers = looks_at(gaze_directions(second)[:frames], to_first)
    return float(np.mean(looks & answers))
