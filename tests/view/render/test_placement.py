from __future__ import annotations

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61, COLOCATED78, FLAME56
from visavis.core.errors import VisavisError
from visavis.core.layout import Place
from visavis.core.motion import Motion
from visavis.core.retarget import arkit_turns
from visavis.core.rotations import multiply, to_quaternion
from visavis.view.render.placement import (
    half_facing,
    in_place,
    located,
    path_of,
    paths_of,
    require_apart,
    standing,
)
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
    shown, path = in_place(motion), path_of(motion)
    upright = np.stack([0 * path.headings, path.headings, 0 * path.headings], axis=1)
    again = multiply(to_quaternion(upright, "axis-angle"), arkit_turns(shown["pose"]))
    world = multiply(to_quaternion(motion["neck"], "axis-angle"), to_quaternion(motion["pose"], "axis-angle"))
    np.testing.assert_allclose(matrices(again), matrices(world), atol=1e-5)
    assert np.abs(shown["HeadYaw"]).max() <= 1.0 + 1e-5
    np.testing.assert_allclose(path.at(FRAMES + 5)[0], [1, 2, 3])


def test_shoulders_follow_slowly() -> None:
    quick = 0.5 * np.sign(np.sin(np.arange(FRAMES) * 2 * np.pi / 20))
    path = path_of(colocated((1.0, 0.0, 0.0), 0.7 + quick))
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


def test_people_who_come_too_near_in_one_frame_are_refused() -> None:
    walking = colocated((0.0, 1.0, 0.0), 0.0)
    walking.values[:, COLOCATED78.indices("translation")[0]] = np.linspace(-1.0, 0.25, FRAMES)
    still = colocated((0.5, 1.0, 0.0), 0.0)
    with pytest.raises(VisavisError, match=r"persons 1 and 2 are 0\.25 m apart in frame 199, inside each other"):
        paths_of([walking, still])
    paths_of([walking.cut(0, 190), still])


def test_shoulders_follow_the_neck_and_not_the_head_where_a_neck_turns() -> None:
    motion = colocated((1.0, 0.0, 0.0), 0.7)
    motion.values[:, COLOCATED78.indices("pose")[1]] = 0.6
    np.testing.assert_allclose(path_of(motion).headings, 0.7, atol=1e-6)
    motion.values[:, COLOCATED78.indices("neck")] = 0
    np.testing.assert_allclose(path_of(motion).headings, 0.6, atol=1e-6)


def test_headings_never_jump_by_a_whole_turn() -> None:
    facing = np.pi + 0.1 * np.sin(np.arange(FRAMES) / 8)
    motion = colocated((1.0, 0.0, 0.0), np.angle(np.exp(1j * facing)))
    headings = path_of(motion).headings
    assert np.abs(np.diff(headings)).max() < 0.02
    np.testing.assert_allclose(np.cos(headings), -1, atol=0.01)


def test_smoothing_is_a_hann_window_of_three_seconds() -> None:
    """A step of the neck becomes the running sum of the window, half way at the step."""
    path = path_of(colocated((1.0, 0.0, 0.0), 0.2 * (np.arange(FRAMES) >= 100)))
    reach = round(1.5 * 25)
    window = np.hanning(2 * reach + 3)[1:-1]
    share = np.cumsum(window / window.sum())
    expected = np.arctan2(share * np.sin(0.2), share * np.cos(0.2) + 1 - share)
    np.testing.assert_allclose(path.headings[100 - reach : 101 + reach], expected, atol=1e-6)
    assert path.headings[99] == pytest.approx(0.1, abs=0.01)


def test_a_person_of_a_room_alone_looks_ahead_and_others_stay_as_they_are() -> None:
    motion = colocated((1.0, 2.0, 3.0), 2.0, pitch=0.3)
    shown = in_place(motion)
    assert shown.space is ARKIT61
    np.testing.assert_allclose(shown["HeadYaw"], 0, atol=1e-6)
    np.testing.assert_allclose(shown["HeadPitch"], 0.3, atol=1e-6)
    assert in_place(shown) is shown
