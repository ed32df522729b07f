from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.view.face import amber, weights
from visavis.view.people.build import build_head
from visavis.view.people.looks import OLIVE
from visavis.view.render import camera
from visavis.view.render.camera import Camera, Portrait
from visavis.view.render.lighting import STUDIO_LIGHT

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


def test_a_symmetric_face_is_drawn_symmetrically_where_the_light_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Left and right of the face are the same to a few pixels; one corner of the mouth a little lower shows."""
    ahead = {name: getattr(STUDIO_LIGHT, name) * [0.0, 1.0, 1.0] for name in ("key", "fill", "rim", "window")}
    even = {name: way / np.linalg.norm(way) for name, way in ahead.items()}
    monkeypatch.setattr(camera, "STUDIO_LIGHT", replace(STUDIO_LIGHT, **even))

    def lopsided(left: float, right: float) -> float:
        background = np.full((160, 160, 3), 255, np.uint8)
        pose = weights(JawOpen=0.5, MouthSmileLeft=left, MouthSmileRight=right), np.zeros(3), np.zeros(4)
        face = Portrait(build_head(OLIVE), 160, 160).draw(*pose, background).astype(float)[45:115, 50:110]
        assert face.std() > 30
        return float((np.abs(face - face[:, ::-1]).max(-1) > 12).mean())

    assert lopsided(0.5, 0.5) < 0.003
    assert lopsided(0.5, 0.4) > 0.01


def test_light_comes_from_the_upper_left_of_the_picture() -> None:
    assert STUDIO_LIGHT.key[0] < 0 < STUDIO_LIGHT.key[1]
    face = shot(Camera(middle=-0.02, span=0.10)).mean(axis=-1)
    assert face[30:60, 10:30].mean() > face[30:60, 66:86].mean()


def test_eyes_shine() -> None:
    """In the dark of each pupil's neighbourhood there is a highlight."""
    eye = Portrait(amber(), SIDE, SIDE, Camera(middle=0.0, span=0.09)).draw(weights(), np.zeros(3), np.zeros(4), WHITE)
    for half in (eye[30:66, :48], eye[30:66, 48:]):
        dark = np.argwhere(half.max(axis=-1) < 60).mean(axis=0).astype(int)
        near = half[max(dark[0] - 10, 0) : dark[0] + 4, max(dark[1] - 10, 0) : dark[1] + 4]
        assert near.min(axis=-1).max() > 180
