from __future__ import annotations

import numpy as np

from visavis.view.people.body import pullover
from visavis.view.people.form import Measures
from visavis.view.people.skin import skin_points


def test_the_shoulders_are_wide_and_leave_the_neck_free() -> None:
    points = pullover((0.1, 0.5, 0.5), (0.1, 0.4, 0.4)).points
    assert np.ptp(points[:, 0]) > 24
    free = np.hypot(points[:, 0], points[:, 2] + 2.9) > 4.6
    assert points[free, 1].max() < -12.5


def test_the_collar_lies_round_the_neck() -> None:
    """The widest neck of the people stays within the collar."""
    points = pullover((0.1, 0.5, 0.5), (0.1, 0.4, 0.4)).points[-480:]
    skin = skin_points(Measures(neck=0.35))
    neck = skin[np.abs(skin[:, 1] + 15.0) < 0.8]
    assert np.abs(neck[:, 0]).max() < np.abs(points[:, 0]).max()
    assert neck[:, 2].max() < points[:, 2].max()
