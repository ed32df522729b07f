import numpy as np
import pytest

from visavis.analysis.gaze import gaze_directions, has_gaze, head_turn, looks_at
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rotations import multiply, to_quaternion
from visavis.core.spaces import space_from_groups, space_named

ARKIT, FLAME, COLOCATED = space_named("arkit61"), space_named("flame56"), space_named("colocated78")


def looking(head_yaw: float = 0.0, eye_yaw: float = 0.0, frames: int = 4) -> Motion:
    values = np.zeros((frames, ARKIT.width))
    values[:, ARKIT.indices("HeadYaw")] = head_yaw
    values[:, ARKIT.indices("LeftEyeYaw")] = values[:, ARKIT.indices("RightEyeYaw")] = eye_yaw
    return Motion(values, ARKIT)


def test_head_and_eyes_add_up() -> None:
    assert gaze_directions(looking()) == pytest.approx(np.tile([0, 0, 1], (4, 1)))
    assert gaze_directions(looking(0.3, 0.2))[0] == pytest.approx([np.sin(0.5), 0, np.cos(0.5)], abs=1e-6)
    assert gaze_directions(looking(0.3, -0.3))[0] == pytest.approx([0, 0, 1], abs=1e-6)


def test_eyes_that_converge_look_between_them() -> None:
    values = looking().values.copy()
    values[:, ARKIT.indices("LeftEyeYaw")], values[:, ARKIT.indices("RightEyeYaw")] = 0.1, -0.1
    assert gaze_directions(Motion(values, ARKIT))[0] == pytest.approx([0, 0, 1], abs=1e-6)


def test_neck_head_and_eyes_add_up_in_the_colocated_space() -> None:
    values = np.zeros((2, COLOCATED.width))
    for rotation in COLOCATED.rotations:
        values[:, rotation.channels[1]] = 0.1
    assert gaze_directions(Motion(values, COLOCATED))[0] == pytest.approx([np.sin(0.3), 0, np.cos(0.3)], abs=1e-6)


def test_who_looks_past_the_other_does_not_look_at_them() -> None:
    directions = gaze_directions(Motion(np.concatenate([looking(0.1).values, looking(0.2).values]), ARKIT))
    assert looks_at(directions).tolist() == [True] * 4 + [False] * 4
    assert not looks_at(directions, np.array([1.0, 0.0, 0.0])).any()


def test_head_and_neck_turn_the_eyes_one_after_the_other() -> None:
    values = np.zeros((3, COLOCATED.width))
    values[:, COLOCATED.indices("neck")[1]], values[:, COLOCATED.indices("pose")[0]] = 0.3, 0.2
    expected = multiply(*(to_quaternion(np.array(turn), "axis-angle") for turn in ((0, 0.3, 0), (0.2, 0, 0))))
    assert head_turn(values, COLOCATED) == pytest.approx(np.tile(expected, (3, 1)))
    bodiless = space_from_groups("bodiless", {"exp": (4, "weight")})
    assert head_turn(np.zeros((3, 4)), bodiless) == pytest.approx(np.array([1, 0, 0, 0]))


def test_a_space_without_eyes_has_no_gaze() -> None:
    assert has_gaze(ARKIT)
    assert has_gaze(COLOCATED)
    assert not has_gaze(FLAME)
    with pytest.raises(VisavisError, match="no eyes"):
        gaze_directions(Motion(np.zeros((2, FLAME.width)), FLAME))
