from __future__ import annotations

import numpy as np

from visavis.view.people.form import COMMON, EYE
from visavis.view.people.loops import skin_net
from visavis.view.people.regions import LAID, skin_regions
from visavis.view.people.skin import skin_points

NET, POINTS = skin_net(), skin_points(COMMON)
R = skin_regions(NET, POINTS)


def test_lips_are_known_from_the_rest() -> None:
    lips = np.isfinite(R.share)
    assert set(np.flatnonzero(lips)) == set(NET.mouth[-LAID:].ravel())
    assert (R.side[lips] > 0).sum() == (R.side[lips] < 0).sum() > 0
    assert not R.side[~lips].any()


def test_left_and_right_of_the_mouth_make_one() -> None:
    np.testing.assert_allclose(R.left + R.left[NET.mirror], 1, atol=1e-12)
    np.testing.assert_allclose(R.along, -R.along[NET.mirror], atol=1e-12)


def test_places_are_near_themselves() -> None:
    nose = int(np.argmax(POINTS[:, 2]))
    near = R.near(tuple(POINTS[nose]), (1.0, 1.0, 1.0))
    assert near[nose] == near.max() == 1
    assert near[np.linalg.norm(POINTS - POINTS[nose], axis=1) > 4].max() < 1e-6
    assert abs(R.radius[NET.left_eye[-2]] - np.linalg.norm(POINTS[NET.left_eye[-2]] - EYE, axis=1)).max() < 1e-9
