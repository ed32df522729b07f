from __future__ import annotations

import numpy as np

from tests.view.face import amber, weights
from visavis.view.picture.scene import STUDIO, Camera, Portrait

SIDE = 96
WHITE = np.full((SIDE, SIDE, 3), 255, np.uint8)
FACE = Camera(middle=0.0, span=0.16)


def shot(camera: Camera = FACE, **named: float) -> np.ndarray:
    return Portrait(amber(), SIDE, SIDE, camera).draw(weights(**named), np.zeros(3), np.zeros(4), WHITE).astype(float)


def test_the_camera_keeps_the_middle_and_nearer_is_larger() -> None:
    placed, turn = Camera(middle=0.02).project(
        np.array([[0, 0.02, 0.0], [0.05, 0.02, 0.1], [0.05, 0.02, -0.1]]), 80, 100
    )
    np.testing.assert_allclose(placed[0], [50, 40, 0], atol=1e-9)
    assert placed[1, 0] > placed[2, 0] > 50
    np.testing.assert_allclose(turn, np.eye(3), atol=1e-12)


def test_the_same_pose_is_the_same_picture() -> None:
    np.testing.assert_array_equal(shot(JawOpen=0.4), shot(JawOpen=0.4))


def test_half_shut_lids_darken_the_eyes_below_them() -> None:
    """The white of the eye just below the lid is darker than in the open."""
    head, portrait = amber(), Portrait(amber(), SIDE, SIDE, FACE)
    surface, lit = np.ones((len(head.points), 7), np.float32), np.ones(len(head.points))
    ball = head.parts["left eye"]
    shades = []
    for blink in (0.0, 0.5):
        points = head.posed(weights(EyeBlink=blink), np.zeros(3), np.zeros(4))
        portrait._shade_eyes(points, np.zeros(3), surface, lit)
        shades.append(surface[ball, 3].copy())
    assert (shades[1] <= shades[0] + 1e-6).all()
    assert (shades[0] - shades[1]).max() > 0.2


def test_light_comes_from_the_upper_left_of_the_picture() -> None:
    assert STUDIO.key[0] < 0 < STUDIO.key[1]
    face = shot(Camera(middle=-0.02, span=0.10)).mean(axis=-1)
    assert face[30:60, 10:30].mean() > face[30:60, 66:86].mean()


def test_eyes_shine() -> None:
    """In the dark of each pupil's neighbourhood there is a highlight."""
    eye = Portrait(amber(), SIDE, SIDE, Camera(middle=0.0, span=0.09)).draw(weights(), np.zeros(3), np.zeros(4), WHITE)
    for half in (eye[30:66, :48], eye[30:66, 48:]):
        dark = np.argwhere(half.max(axis=-1) < 60).mean(axis=0).astype(int)
        near = half[max(dark[0] - 10, 0) : dark[0] + 4, max(dark[1] - 10, 0) : dark[1] + 4]
        assert near.min(axis=-1).max() > 180
