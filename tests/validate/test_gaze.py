import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.validate.gaze import gaze_directions, gaze_error_deg, has_gaze, mutual_gaze

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


def test_the_error_is_an_angle() -> None:
    assert gaze_error_deg(looking(0.3), looking(0.1, 0.1)) == pytest.approx(np.degrees(0.1), abs=1e-4)
    assert gaze_error_deg(looking(0.3), looking(0.3)) == pytest.approx(0, abs=1e-5)


def test_mutual_gaze_takes_two() -> None:
    away = looking(0.5)
    sometimes = Motion(np.concatenate([looking().values, away.values]), ARKIT)
    assert mutual_gaze(sometimes, looking(frames=8)) == 0.5
    assert mutual_gaze(looking(), away) == 0
    beside = np.array([np.sin(0.5), 0, np.cos(0.5)])
    assert mutual_gaze(looking(), away, to_first=beside) == 1


def test_a_space_without_eyes_has_no_gaze() -> None:
    assert has_gaze(ARKIT)
    assert has_gaze(COLOCATED)
    assert not has_gaze(FLAME)
    with pytest.raises(VisavisError, match="no eyes"):
        gaze_directions(Motion(np.zeros((2, FLAME.width)), FLAME))
