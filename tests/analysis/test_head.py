import numpy as np
import pytest
import torch

from visavis.analysis.head import has_head, head_angles, head_speed, head_steps
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_from_groups, space_named

ARKIT, FLAME = space_named("arkit61"), space_named("flame56")


def test_speed_is_the_angle_between_frames_times_the_rate() -> None:
    values = np.zeros((50, ARKIT.width))
    values[:, ARKIT.indices("HeadYaw")[0]] = np.linspace(0, 0.49, 50)
    assert head_speed(Motion(values, ARKIT)) == pytest.approx(0.25, rel=1e-4)


def test_axis_angle_and_named_channels_agree() -> None:
    pitch = np.linspace(-0.5, 0.5, 20)
    named, vector = np.zeros((20, ARKIT.width)), np.zeros((20, FLAME.width))
    named[:, ARKIT.indices("HeadPitch")[0]] = pitch
    vector[:, FLAME.indices("pose")[0]] = pitch
    assert head_angles(Motion(named, ARKIT)) == pytest.approx(head_angles(Motion(vector, FLAME)), abs=1e-6)
    assert head_speed(Motion(named, ARKIT)) == pytest.approx(head_speed(Motion(vector, FLAME)), rel=1e-4)


def test_turning_through_half_a_turn_is_no_jump() -> None:
    values = np.zeros((100, FLAME.width))
    values[:, FLAME.indices("pose")[1]] = np.linspace(3.0, 3.3, 100)
    assert head_speed(Motion(values, FLAME)) == pytest.approx(0.3 / 99 * 25, rel=1e-3)


def test_small_turns_step_as_far_as_the_head_turns() -> None:
    values = np.zeros((2, 50, ARKIT.width), dtype=np.float32)
    values[1][:, ARKIT.indices("pose")] = 0.02 * np.cumsum(np.random.default_rng(0).normal(size=(50, 3)), axis=0)
    steps = head_steps(torch.from_numpy(values), ARKIT)
    assert steps.shape == (2, 49)
    assert steps[0].max() == 0
    speed = head_speed(Motion(values[1], ARKIT))
    assert float(steps[1].mean()) * 25 == pytest.approx(speed.mean(), rel=0.1)


def test_a_space_without_a_head_is_refused() -> None:
    with pytest.raises(VisavisError, match="no head rotation"):
        head_angles(Motion(np.zeros((2, 4)), space_from_groups("headless", {"exp": (4, "weight")})))
    assert not has_head(space_from_groups("headless", {"exp": (4, "weight")}))
    assert has_head(ARKIT)
    assert has_head(FLAME)
