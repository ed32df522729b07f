from __future__ import annotations

import numpy as np

from visavis.view.people.complexion import complexion
from visavis.view.people.form import COMMON, nostrils
from visavis.view.people.looks import AMBER, OLIVE
from visavis.view.people.loops import skin_net
from visavis.view.people.skin import skin_points

NET, POINTS = skin_net(), skin_points(COMMON)
SKIN = complexion(NET, POINTS, AMBER)


def test_lips_are_redder_than_the_chin_and_glossier() -> None:
    lip, chin = NET.mouth[-8, 45], int(np.argmin(np.linalg.norm(POINTS - [0, -9.6, 7.5], axis=1)))
    redness = SKIN.colours[:, 0] / SKIN.colours[:, 1]
    assert redness[lip] > 1.3 * redness[chin]
    assert SKIN.gloss[lip, 0] > SKIN.gloss[chin, 0]


def test_colours_are_symmetric() -> None:
    np.testing.assert_allclose(SKIN.colours[NET.mirror], SKIN.colours, atol=1e-9)


def test_stubble_darkens_the_scalp_alone() -> None:
    shaved = complexion(NET, POINTS, OLIVE).colours.mean(axis=1)
    back, nose = int(np.argmin(POINTS[:, 2])), int(np.argmax(POINTS[:, 2]))
    assert shaved[back] < 0.6 * shaved[nose]
    assert SKIN.colours[back].mean() > 0.9 * SKIN.colours[nose].mean()


def test_every_place_on_the_face_has_its_own_uv() -> None:
    front = (POINTS[:, 2] > 2) & (POINTS[:, 1] > -9)
    front[NET.mouth[-8:].ravel()] = front[NET.left_eye[-3:].ravel()] = front[NET.right_eye[-3:].ravel()] = False
    front[NET.throat] = False
    uv = np.round(SKIN.uv[front], 5)
    assert len(np.unique(uv, axis=0)) == len(uv)


def test_nostrils_are_dark_inside_only() -> None:
    light = SKIN.colours.mean(axis=1) / SKIN.colours[np.argmax(POINTS[:, 2])].mean()
    distance = nostrils(POINTS, COMMON)
    near = np.abs(POINTS - [0, -4, 8.5]).max(axis=1) < 2
    assert light[np.argsort(distance)[:8]].mean() < 0.65
    assert light[near & (distance > 0.7)].mean() > 0.9
