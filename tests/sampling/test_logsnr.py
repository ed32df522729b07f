from __future__ import annotations

import math

import pytest
import torch

from visavis.core.errors import VisavisError
from visavis.sampling.denoising import DenoisingTask
from visavis.sampling.logsnr import CosineLogSnr
from visavis.sampling.parameterisation import Epsilon


def test_the_log_signal_to_noise_ratio_is_that_of_a_cosine() -> None:
    process, times = CosineLogSnr(), torch.linspace(0.01, 0.99, 25, dtype=torch.float64)
    level = process.level(times, times)
    torch.testing.assert_close(level.signal.square() + level.noise.square(), torch.ones_like(times))
    ratio = 2 * (level.signal / level.noise).log()
    torch.testing.assert_close(ratio, -2 * (math.pi / 2 * times).tan().log(), atol=0.01, rtol=0)
    torch.testing.assert_close(level.position[12].item(), math.pi / 4)


@pytest.mark.parametrize("ends", [(-20.0, 20.0), (-8.0, 12.0)])
def test_the_ends_of_time_have_the_ratios_asked_for(ends: tuple[float, float]) -> None:
    time = torch.tensor([1.0, 0.0], dtype=torch.float64)
    level = CosineLogSnr(*ends).level(time, time)
    assert (2 * (level.signal / level.noise).log()).tolist() == pytest.approx(ends)
    with pytest.raises(VisavisError, match=r"12\.0 is not below -8\.0"):
        CosineLogSnr(12.0, -8.0)


def test_times_of_a_draw_may_lie_nearer_to_noise() -> None:
    """An odds ratio of 3: half of all times lie beyond 3/4. Training's stay uniform."""
    process = CosineLogSnr(shift=3.0)
    assert process.schedule(4).times == pytest.approx((1, 0.9, 0.75, 0.5))
    plain, shifted = (
        one.random_times(torch.zeros(4000), torch.Generator().manual_seed(0)) for one in (CosineLogSnr(), process)
    )
    assert torch.equal(shifted, plain)
    with pytest.raises(VisavisError, match=r"0\.5 is less"):
        CosineLogSnr(shift=0.5)


def test_a_draw_takes_even_times_and_training_all_of_them() -> None:
    process = CosineLogSnr()
    assert process.schedule(4).times == (1, 0.75, 0.5, 0.25)
    point = DenoisingTask(process, Epsilon()).training_point(torch.zeros(4000, 2, 3), torch.Generator().manual_seed(0))
    hundredths = point.time.mul(100).long().bincount(minlength=100)
    assert hundredths.min() > 15
    torch.testing.assert_close(point.network_time, point.time * 999)
    assert point.x.var((1, 2))[point.time > 0.9].mean().item() == pytest.approx(1, abs=0.05)
    assert point.x.abs().max(2)[0][point.time < 0.01].max() < 0.1
