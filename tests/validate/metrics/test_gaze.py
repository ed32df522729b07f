import numpy as np
import pytest

from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.validate.metrics.gaze import gaze_error_deg, mutual_gaze

ARKIT = space_named("arkit61")


def looking(head_yaw: float = 0.0, eye_yaw: float = 0.0, frames: int = 4) -> Motion:
    values = np.zeros((frames, ARKIT.width))
    values[:, ARKIT.indices("HeadYaw")] = head_yaw
    values[:, ARKIT.indices("LeftEyeYaw")] = values[:, ARKIT.indices("RightEyeYaw")] = eye_yaw
    return Motion(values, ARKIT)


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
