from __future__ import annotations

import numpy as np
import pytest

from visavis.analysis.gaze import CONTACT_DEG, FORWARD, angle_deg, gaze_directions
from visavis.core.builtin_spaces import ARKIT61, COLOCATED78
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.streaming.face import Face
from visavis.streaming.gaze import aside, looking


def turned(space: MotionSpace, frames: int) -> np.ndarray:
    values = np.full((frames, space.width), 0.05)
    for name in {"neck", "pose"} & set(space.groups):
        wander = 0.2 * np.sin(np.arange(frames)[:, None] / np.array([31.0, 17.0, 23.0]))
        values[:, space.indices(name)] = wander
    return values


@pytest.mark.parametrize("space", [ARKIT61, COLOCATED78])
@pytest.mark.parametrize("contact", [0.0, 0.3, 0.7, 1.0])
def test_the_eyes_rest_on_the_partner_for_the_share_asked_for(space: MotionSpace, contact: float) -> None:
    frames = 4000
    face = Face(space, np.zeros(space.width))
    values = looking(face, turned(space, frames), aside(0, frames, contact, seed=2))
    away = angle_deg(gaze_directions(Motion(values, space)), FORWARD)
    assert np.mean(away < CONTACT_DEG) == pytest.approx(contact, abs=0.04)
    if contact == 1:
        assert away.max() < 0.1


def test_any_cut_gives_the_same_looks() -> None:
    whole = aside(0, 1000, 0.6, seed=4)
    assert np.allclose(np.concatenate([aside(start, 10, 0.6, seed=4) for start in range(0, 1000, 10)]), whole)
    assert not np.allclose(aside(0, 1000, 0.6, seed=5), whole)


def test_look_weights_say_what_the_angles_say_and_nothing_else_moves() -> None:
    face = Face(ARKIT61, np.zeros(61))
    before = turned(ARKIT61, 5)
    after = Motion(looking(face, before, np.tile([0.3, 0.12], (5, 1))), ARKIT61)
    straight = Motion(looking(face, np.zeros((1, 61)), np.array([[0.3, 0.12]])), ARKIT61)
    assert straight["LeftEyeYaw"][0, 0] == pytest.approx(0.3)
    assert straight["EyeLookInLeft"][0, 0] == pytest.approx(0.5)
    assert straight["EyeLookOutRight"][0, 0] == pytest.approx(0.5)
    assert straight["EyeLookOutLeft"][0, 0] == 0
    assert straight["EyeLookDownLeft"][0, 0] == pytest.approx(0.2)
    others = np.setdiff1d(np.arange(61), np.concatenate([ARKIT61.indices("gaze"), ARKIT61.indices("look")]))
    assert np.allclose(after.values[:, others], before[:, others])


def test_eyes_do_not_turn_further_than_eyes_do() -> None:
    face = Face(ARKIT61, np.zeros(61))
    values = np.zeros((1, 61))
    values[:, ARKIT61.indices("HeadYaw")] = 1.2
    assert Motion(looking(face, values, np.zeros((1, 2))), ARKIT61)["LeftEyeYaw"][0, 0] == pytest.approx(-0.6)
