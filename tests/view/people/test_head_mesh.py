from __future__ import annotations

import numpy as np
import pytest

from tests.view.face import amber, weights
from visavis.core.builtin_spaces import ARKIT_WEIGHTS, FLAME56
from visavis.core.motion import Motion
from visavis.view.people.head_mesh import HEAD, LEFT_EYE, rotation, shape_number
from visavis.view.performance import still

AHEAD, LEFT, UP = np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
NO_GAZE, NO_TURN = np.zeros(4), np.zeros(3)


def test_yaw_turns_to_the_own_right_pitch_looks_down_roll_raises_the_right_ear() -> None:
    assert rotation(0.3, 0, 0) @ AHEAD @ LEFT == pytest.approx(-np.sin(0.3))
    assert rotation(0, 0.3, 0) @ AHEAD @ UP == pytest.approx(-np.sin(0.3))
    assert rotation(0, 0, 0.3) @ -LEFT @ UP == pytest.approx(np.sin(0.3))
    turn = rotation(0.4, -0.3, 0.2)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)


def test_at_rest_nothing_moves() -> None:
    head = amber()
    np.testing.assert_allclose(head.posed(weights(), NO_TURN, NO_GAZE), head.points, atol=1e-7)


def test_shapes_add_up_linearly() -> None:
    head = amber()
    shift = head.shaped(weights(JawOpen=0.5, BrowInnerUp=1.0)) - head.points
    expected = 0.5 * head.shapes[shape_number("JawOpen")] + head.shapes[shape_number("BrowInnerUp")]
    np.testing.assert_allclose(shift, expected, atol=1e-6)


def test_the_head_turns_as_one_and_the_body_stays() -> None:
    head = amber()
    moved = head.posed(weights(), np.array([0.5, 0.2, -0.1]), NO_GAZE)
    body, hair = head.parts["body"], head.parts["hair"]
    np.testing.assert_allclose(moved[body], head.points[body], atol=1e-7)
    place = np.array(head.joints[HEAD].place)
    turned = (head.points[hair] - place) @ rotation(0.5, 0.2, -0.1).T + place
    np.testing.assert_allclose(moved[hair], turned, atol=1e-6)


def test_the_eyes_turn_in_their_sockets() -> None:
    head = amber()
    moved = head.posed(weights(), NO_TURN, np.array([0.3, 0.0, 0.0, 0.0]))
    ball, centre = head.parts["left eye"], np.array(head.joints[LEFT_EYE].place)
    np.testing.assert_allclose(
        np.linalg.norm(moved[ball] - centre, axis=1), np.linalg.norm(head.points[ball] - centre, axis=1), atol=1e-6
    )
    iris = np.argmax(head.points[ball][:, 2])
    assert moved[ball][iris, 0] < head.points[ball][iris, 0] - 0.004
    still_ones = np.ones(len(moved), dtype=bool)
    still_ones[ball] = False
    np.testing.assert_allclose(moved[still_ones], head.points[still_ones], atol=1e-7)


def test_motion_becomes_vertices() -> None:
    head, motion = amber(), still(3)
    motion.values[1, motion.space.indices("JawOpen")] = 0.8
    motion.values[2, motion.space.indices("HeadYaw")] = 0.3
    frames = head.vertices(motion)
    assert frames.shape == (3, len(head.points), 3)
    np.testing.assert_allclose(frames[0], head.points, atol=1e-7)
    np.testing.assert_allclose(frames[1], head.shaped(weights(JawOpen=0.8)), atol=1e-6)
    assert np.abs(frames[2] - frames[0]).max() > 0.02
    assert len(head.vertices(Motion(np.zeros((2, 56)), FLAME56))) == 2


def test_every_channel_moves_something() -> None:
    head = amber()
    moved = [np.abs(shape).max() for shape in head.shapes]
    assert min(zip(moved, ARKIT_WEIGHTS, strict=True)) > (0.0007, "")
