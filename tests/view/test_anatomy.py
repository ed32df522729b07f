from __future__ import annotations

import numpy as np
import pytest

from visavis.view import anatomy
from visavis.view.anatomy import JAW_DROP, MOUTH_Y

REST = {"jaw": 0.0, "left cheek": 0.0, "right cheek": 0.0}


@pytest.mark.parametrize("long_hair", [False, True])
def test_the_jaw_lowers_the_chin_and_leaves_the_eyes(long_hair: bool) -> None:
    skull = anatomy.skull(long_hair)
    moved = skull.shaped({**REST, "jaw": 1.0}) - skull.points
    chin = np.argmin(skull.points[:, 1] - 10 * (skull.points[:, 2] > 0.3))
    assert moved[chin, 1] == pytest.approx(-JAW_DROP, abs=0.01)
    assert not moved[skull.points[:, 1] > MOUTH_Y + 0.15].any()


def test_cheeks_go_out_to_their_sides() -> None:
    skull = anatomy.skull(False)
    left = skull.shaped({**REST, "left cheek": 1.0}) - skull.points
    right = skull.shaped({**REST, "right cheek": 1.0}) - skull.points
    assert left[:, 0].max() == pytest.approx(-right[:, 0].min(), abs=1e-6)
    assert left[:, 0].max() > 0.05


def test_hair_lies_outside_the_skull_and_leaves_the_face_free() -> None:
    for long_hair in (False, True):
        hair = anatomy.hair(long_hair).points
        face = (np.abs(hair[:, 0]) < 0.45) & (hair[:, 1] > -0.8) & (hair[:, 2] > 0.3)
        assert hair[face, 1].min() > 0.35


def test_the_neck_turns_with_the_head_at_its_top_only() -> None:
    neck = anatomy.neck()
    follow = np.asarray(neck.follow)[:, 0]
    assert follow[np.argmin(neck.points[:, 1])] == 0
    assert follow[np.argmax(neck.points[:, 1])] == 1
    assert anatomy.shoulders().follow == 0


def test_the_nose_is_the_foremost_part_and_symmetric() -> None:
    nose = anatomy.nose().points
    tip = nose[np.argmax(nose[:, 2])]
    assert tip[0] == pytest.approx(0, abs=1e-9)
    assert tip[2] > anatomy.skull(False).points[:, 2].max()
    rows = nose.reshape(12, 11, 3)
    np.testing.assert_allclose(rows[..., 2], rows[:, ::-1, 2], atol=1e-12)


def test_ears_and_long_hair_stand_at_the_sides() -> None:
    left, right = anatomy.ear(1.0).points, anatomy.ear(-1.0).points
    assert left[:, 0].min() > 0.8
    assert right[:, 0].max() < -0.8
    assert np.ptp(anatomy.back_hair().points[:, 0]) > 2.0
