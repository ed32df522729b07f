from __future__ import annotations

import numpy as np
import pytest

from visavis.core.builtin_spaces import COLOCATED78, FLAME56
from visavis.core.errors import VisavisError
from visavis.core.layout import Place
from visavis.core.motion import Motion
from visavis.core.rotations import multiply, to_quaternion
from visavis.view.posing import joint_turn
from visavis.view.render.placement import half_facing, located, path_of, require_apart, standing
from visavis.view.rigs.rig import matrices

FRAMES = 200


def colocated(at: tuple[float, float, float], neck_yaw: np.ndarray | float, pitch: float = 0.0) -> Motion:
    values = np.zeros((FRAMES, COLOCATED78.width))
    values[:, COLOCATED78.indices("translation")] = at
    values[:, COLOCATED78.indices("neck")[1]] = neck_yaw
    values[:, COLOCATED78.indices("pose")[0]] = pitch
    return Motion(values, COLOCATED78)


def test_two_half_face_each_other_within_talking_distance() -> None:
    left, right = half_facing(2)
    assert 0.8 <= right.position[0] - left.position[0] <= 1.2
    assert 0.4 < left.facing_rad == -right.facing_rad < 1.2
    assert half_facing(1) == (Place((0.0, 0.0, 0.0), 0.0),)
    assert [place.position[0] for place in half_facing(3)] == sorted(place.position[0] for place in half_facing(3))


def test_the_face_looks_where_the_motion_says_however_far_it_turns() -> None:
    """Shoulders and the head's turn on them make the rotation of neck and head in the world again."""
    yaw = 2.4 + np.where(np.arange(FRAMES) < 100, 0.9, -1.4)
    motion = colocated((1.0, 2.0, 3.0), yaw, pitch=0.3)
    shown, path = path_of(motion)
    upright = np.stack([0 * path.headings, path.headings, 0 * path.headings], axis=1)
    again = multiply(to_quaternion(upright, "axis-angle"), joint_turn(shown.motion["pose"]))
    world = multiply(to_quaternion(motion["neck"], "axis-angle"), to_quaternion(motion["pose"], "axis-angle"))
    np.testing.assert_allclose(matrices(again), matrices(world), atol=1e-5)
    assert np.abs(shown.motion["HeadYaw"]).max() <= 1.0 + 1e-5
    np.testing.assert_allclose(path.at(FRAMES + 5)[0], [1, 2, 3])


def test_shoulders_follow_slowly() -> None:
    quick = 0.5 * np.sign(np.sin(np.arange(FRAMES) * 2 * np.pi / 20))
    _, path = path_of(colocated((1.0, 0.0, 0.0), 0.7 + quick))
    inner = path.headings[40:-40]
    np.testing.assert_allclose(inner, 0.7, atol=0.1)
    assert np.abs(np.diff(path.headings)).max() < 0.05


def test_where_nobody_is_placed() -> None:
    assert located(colocated((0.0, 1.0, 0.0), 0.0))
    assert not located(colocated((0.0, 0.0, 0.0), 0.3))
    assert not located(Motion(np.ones((2, FLAME56.width)), FLAME56))
    assert not located(None)


def test_people_in_one_place_are_refused() -> None:
    here, there = (standing(Place((x, 0.0, 0.0), 0.0)) for x in (0.0, 0.05))
    with pytest.raises(VisavisError, match=r"persons 1 and 2 are 0.05 m apart"):
        require_apart([here, there])
    require_apart([here, standing(Place((0.5, 0.0, 0.0), 0.0))])
