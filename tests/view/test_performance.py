from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61, ARKIT_WEIGHTS
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.view.performance import performance, still


def motion_in(space: MotionSpace, values: dict[str, list[float]]) -> Motion:
    motion = Motion(np.zeros((1, space.width)), space)
    for name, given in values.items():
        motion.values[0, space.indices(name)] = given
    return motion


def test_look_weights_steer_the_eyes_when_their_angles_are_unknown() -> None:
    """Looking to the own right: the left eye turns in, the right eye out; both yaw by the same amount."""
    pose = performance(motion_in(ARKIT61, {"EyeLookInLeft": [0.5], "EyeLookOutRight": [0.5]})).pose(0)
    assert pose.gaze[0] == pose.gaze[2] > 0.2
    down = performance(motion_in(ARKIT61, {"EyeLookDownLeft": [0.5], "EyeLookUpRight": [0.5]})).pose(0)
    assert down.gaze[1] > 0 > down.gaze[3]


def test_look_weights_say_what_the_eye_angles_of_a_real_capture_say(shared: Path) -> None:
    """Holds the signs and sizes of the gaze: a recorder wrote both, so they must agree."""
    capture = shared / "data" / "livelink" / "alex_rom_3.csv"
    values = np.loadtxt(capture, delimiter=",", skiprows=1, usecols=range(2, 63), dtype=np.float32)[::10]
    by_angle = performance(Motion(values, ARKIT61)).gaze
    values[:, ARKIT61.indices("gaze")] = 0
    by_weight = performance(Motion(values, ARKIT61)).gaze
    for angle, weight in zip(by_angle.T, by_weight.T, strict=True):
        assert np.corrcoef(angle, weight)[0, 1] > 0.99
        assert np.polyfit(weight, angle, 1)[0] == pytest.approx(1.0, abs=0.05)


def test_out_of_range_values_are_clipped_and_ends_hold() -> None:
    motion = motion_in(ARKIT61, {"JawOpen": [1.7], "HeadYaw": [-9.0]})
    pose = performance(motion).pose(99)
    assert pose.weights[ARKIT_WEIGHTS.index("JawOpen")] == 1
    assert pose.head[0] == -1
    assert motion["JawOpen"][0, 0] == pytest.approx(1.7)


def test_an_unknown_space_is_refused() -> None:
    odd = MotionSpace("odd", ("a",), {"all": (0,)}, {"all": "weight"})
    with pytest.raises(VisavisError, match="'odd' cannot be shown; showable are: arkit61, flame56, colocated78"):
        performance(Motion(np.zeros((1, 1)), odd))


def test_stillness_is_neutral() -> None:
    assert not still(2).values.any()
