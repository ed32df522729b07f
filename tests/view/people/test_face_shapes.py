from __future__ import annotations

import numpy as np

from visavis.view.people.face_shapes import face_shapes
from visavis.view.people.form import COMMON
from visavis.view.people.loops import skin_net
from visavis.view.people.regions import skin_regions
from visavis.view.people.skin import skin_points

POINTS = skin_points(COMMON)
SHAPES = face_shapes(skin_regions(skin_net(), POINTS))


def at(x: float, y: float) -> int:
    """The foremost vertex about there."""
    away = np.hypot(POINTS[:, 0] - x, POINTS[:, 1] - y) - 0.05 * POINTS[:, 2]
    return int(np.argmin(away))


def test_brows_rise_and_fall_where_they_should() -> None:
    inner, outer = at(1.8, 3.3), at(4.8, 3.2)
    assert SHAPES["BrowInnerUp"][inner, 1] > 0.6 > 0.25 > SHAPES["BrowInnerUp"][outer, 1]
    assert SHAPES["BrowOuterUpLeft"][outer, 1] > 0.6 > 0.25 > SHAPES["BrowOuterUpLeft"][inner, 1]
    assert SHAPES["BrowDownLeft"][inner, 1] < -0.4
    assert SHAPES["BrowDownLeft"][inner, 0] < -0.1, "brows draw together"


def test_cheeks_and_nose_rise() -> None:
    assert SHAPES["CheekSquintLeft"][at(4.1, -2.9), 1] > 0.3
    assert SHAPES["NoseSneerLeft"][at(1.3, -3.9), 1] > 0.3
