import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.validate.metrics.seams import seams

ARKIT = space_named("arkit61")


def moving(frames: int = 500) -> np.ndarray:
    noise = np.random.default_rng(0).normal(size=(frames + 8, ARKIT.width))
    return np.stack([noise[i : i + frames] for i in range(9)]).mean(axis=0)


def test_seamless_motion_scores_one() -> None:
    found = seams(Motion(moving(), ARKIT), 10)
    assert found.speed == pytest.approx(1, abs=0.1)
    assert found.acceleration == pytest.approx(1, abs=0.1)


def test_a_jump_between_turns_is_seen_at_its_size() -> None:
    ramp = np.linspace(0, 49.9, 500)[:, None] + 2 * (np.arange(500) // 10)[:, None]
    values = np.zeros((500, ARKIT.width))
    values[:, ARKIT.indices("pose")] = ramp
    found = seams(Motion(values, ARKIT), 10, "pose")
    assert found.speed == pytest.approx(21, rel=1e-3)
    assert found.acceleration > 100
    beside = seams(Motion(values, ARKIT), 10, "pose", start=5)
    assert beside.speed == pytest.approx(0.1 / ((8 * 0.1 + 2.1) / 9), rel=0.05)


def test_a_jump_in_velocity_alone_is_seen_in_the_acceleration() -> None:
    values = np.zeros((500, ARKIT.width))
    zigzag = np.cumsum(np.where((np.arange(500) // 10) % 2 == 0, 0.1, -0.1))
    values[:, ARKIT.indices("pose")] = zigzag[:, None]
    found = seams(Motion(values, ARKIT), 10, "pose")
    assert found.speed == pytest.approx(1, rel=1e-3)
    assert found.acceleration > 100


def test_a_still_face_has_no_ratio() -> None:
    assert np.isnan(seams(Motion(np.zeros((100, ARKIT.width)), ARKIT), 10).speed)


@pytest.mark.parametrize(("frames", "turn"), [(100, 1), (10, 10)])
def test_seams_need_turns(frames: int, turn: int) -> None:
    with pytest.raises(VisavisError, match="turns"):
        seams(Motion(np.zeros((frames, ARKIT.width)), ARKIT), turn)
