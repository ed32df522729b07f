from __future__ import annotations

import numpy as np
import pytest

from visavis.view.canvas import Canvas
from visavis.view.head import Place, draw_body, draw_head, rotation
from visavis.view.looks import LOOKS, Look
from visavis.view.retarget import performance, still

AHEAD, LEFT, UP = np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])


def test_yaw_turns_to_the_own_right_pitch_looks_down_roll_raises_the_right_ear() -> None:
    """In head space x points to the own left, which is the right of the picture."""
    assert rotation(0.3, 0, 0) @ AHEAD @ LEFT == pytest.approx(-np.sin(0.3))
    assert rotation(0, 0.3, 0) @ AHEAD @ UP == pytest.approx(-np.sin(0.3))
    assert rotation(0, 0, 0.3) @ -LEFT @ UP == pytest.approx(np.sin(0.3))


def test_rotations_are_rotations() -> None:
    turn = rotation(0.4, -0.3, 0.2)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)


def test_nearer_is_larger_and_the_middle_stays() -> None:
    place = Place(centre=50, base=10, height=80)
    near, far = place.project(np.array([[0.5, 0.0, 1.0], [0.5, 0.0, -1.0]]))
    assert near[0] > far[0] > 50
    assert place.project(np.array([[0.0, 0.0, 0.0]]))[0, 0] == 50


@pytest.mark.parametrize("look", LOOKS)
def test_body_and_head_are_painted_in_their_place(look: Look) -> None:
    canvas = Canvas(120, 60)
    canvas.start(np.full((60, 120, 4), 255, np.uint8))
    place = Place(30, 0, 60)
    draw_body(canvas, look, place)
    body = canvas.picture()
    draw_head(canvas, performance(still()).pose(0), look, place)
    head = canvas.picture()
    assert (body[40:, :60] < 255).any()
    assert (body[:30] == 255).all()
    assert (head[10:40, 20:40] < 255).any(axis=-1).mean() > 0.95
    assert (head[:, 62:] == 255).all()
