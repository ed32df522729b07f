from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.networks import network
from visavis.sampling.config import SamplingConfig, sampler_for
from visavis.sampling.denoising import DenoisingTask
from visavis.sampling.flow import RectifiedFlow
from visavis.sampling.parameterisation import Velocity
from visavis.sampling.process import TIME_SCALE

FLOW = DenoisingTask(RectifiedFlow(), Velocity())


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_network_is_told_rising_times_from_noise_towards_data_that_lie_closer_at_both_ends() -> None:
    told: list[float] = []

    def predict(x: Tensor, time: Tensor) -> Tensor:
        assert (time == time[0]).all()
        told.append(time[0].item() / TIME_SCALE)
        return torch.zeros_like(x)

    sampler_for(FLOW, SamplingConfig(4)).sample(network(predict), (2, 3), torch.zeros)
    assert told == pytest.approx([0, 5 / 32, 1 / 2, 27 / 32])


def test_training_points_lie_on_straight_paths_to_the_data() -> None:
    data = torch.randn(5000, 3, generator=seeded())
    point = FLOW.training_point(data, seeded(1))
    share = point.network_time[:, None] / TIME_SCALE
    torch.testing.assert_close(point.x + (1 - share) * point.target, data, atol=1e-5, rtol=0)
    noise = point.x - share * point.target
    assert noise.mean().item() == pytest.approx(0, abs=0.03)
    assert noise.std().item() == pytest.approx(1, abs=0.03)
    odds = torch.logit(share)
    assert odds.mean().item() == pytest.approx(0, abs=0.05)
    assert odds.std().item() == pytest.approx(1, abs=0.05)
    again = FLOW.training_point(data, seeded(1))
    assert torch.equal(point.x, again.x)
