from __future__ import annotations

import numpy as np

from tests.view.face import amber, weights
from visavis.view.render.lighting import STUDIO_LIGHT
from visavis.view.render.own_body import OwnBody


def test_half_shut_lids_darken_the_eyes_below_them() -> None:
    """The white of the eye just below the lid is darker than in the open."""
    head, body = amber(), OwnBody(amber())
    surface, lit = np.ones((len(head.points), 7), np.float32), np.ones(len(head.points))
    ball = head.parts["left eye"]
    shades = []
    for blink in (0.0, 0.5):
        points = head.posed(weights(EyeBlink=blink), np.zeros(3), np.zeros(4))
        body.shade_eyes(points, np.zeros(3), surface, lit)
        shades.append(surface[ball, 3].copy())
    assert (shades[1] <= shades[0] + 1e-6).all()
    assert (shades[0] - shades[1]).max() > 0.2


def test_the_nose_shades_the_side_that_the_lamp_does_not_see() -> None:
    body = OwnBody(amber())
    pose = weights(), np.zeros(3), np.zeros(4)
    from_right, from_left = (body.posed(*pose, STUDIO_LIGHT.key * [side, 1, 1]) for side in (1, -1))
    skin = body.head.points[body.head.parts["skin"]]
    beside = np.flatnonzero(
        (np.abs(skin[:, 0] - 0.018) < 0.008) & (np.abs(skin[:, 1] + 0.035) < 0.015) & (skin[:, 2] > 0)
    )
    assert from_right.lit[beside].mean() < from_left.lit[beside].mean() - 0.05
    np.testing.assert_array_equal(from_right.points, from_left.points)
