from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from tests.networks import network
from visavis.sampling.flow import TIME_SCALE, FlowSampler, flow_point


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_constant_velocity_is_integrated_exactly() -> None:
    start, velocity = torch.randn(4, 3, generator=seeded()), torch.randn(4, 3, generator=seeded(1))
    drawn = FlowSampler(steps=7).sample(network(lambda *_: velocity), (4, 3), lambda _: start)
    torch.testing.assert_close(drawn, start + velocity)


def test_one_step_is_eulers() -> None:
    start = torch.randn(4, 3, generator=seeded())
    drawn = FlowSampler(1).sample(network(lambda x, _: -1.5 * x), (4, 3), lambda _: start)
    torch.testing.assert_close(drawn, start * (1 - 1.5))


def test_twice_the_steps_leave_a_quarter_of_the_error() -> None:
    def error(steps: int) -> float:
        field = network(lambda x, time: -1.5 * x + time[:, None] / TIME_SCALE)
        drawn = FlowSampler(steps).sample(field, (1, 1), lambda _: torch.ones(1, 1, dtype=torch.float64))
        exact = (1 + 1 / 2.25) * math.exp(-1.5) + 1 / 1.5 - 1 / 2.25
        return abs(drawn.item() - exact)

    assert error(20) / error(40) == pytest.approx(4, rel=0.15)
    assert error(40) < 0.001


def test_the_network_is_told_rising_times_from_noise_towards_data_that_lie_closer_at_both_ends() -> None:
    told: list[float] = []

    def predict(x: Tensor, time: Tensor) -> Tensor:
        assert (time == time[0]).all()
        told.append(time[0].item() / TIME_SCALE)
        return torch.zeros_like(x)

    FlowSampler(4).sample(network(predict), (2, 3), torch.zeros)
    assert told == pytest.approx([0, 5 / 32, 1 / 2, 27 / 32])


@pytest.mark.parametrize(("temperature", "spread"), [(1.0, 0.5), (0.0, 0.0)])
def test_the_exact_velocity_of_a_gaussian_gives_its_mean_and_spread(temperature: float, spread: float) -> None:
    mean, deviation = 2.0, 0.5

    def velocity(x: Tensor, time: Tensor) -> Tensor:
        t = time[:, None] / TIME_SCALE
        gain = (t * deviation**2 - (1 - t)) / ((1 - t) ** 2 + t**2 * deviation**2)
        return mean + gain * (x - t * mean)

    generator = seeded(3)
    drawn = FlowSampler(100, temperature).sample(
        network(velocity), (20_000, 1), lambda shape: torch.randn(shape, generator=generator)
    )
    assert drawn.mean().item() == pytest.approx(mean, abs=0.02)
    assert drawn.std().item() == pytest.approx(spread, abs=0.02)


def test_training_points_lie_on_straight_paths_to_the_data() -> None:
    data = torch.randn(5000, 3, generator=seeded())
    point = flow_point(data, seeded(1))
    share = point.time[:, None] / TIME_SCALE
    torch.testing.assert_close(point.x + (1 - share) * point.velocity, data, atol=1e-5, rtol=0)
    noise = point.x - share * point.velocity
    assert noise.mean().item() == pytest.approx(0, abs=0.03)
    assert noise.std().item() == pytest.approx(1, abs=0.03)
    odds = torch.logit(share)
    assert odds.mean().item() == pytest.approx(0, abs=0.05)
    assert odds.std().item() == pytest.approx(1, abs=0.05)
    again = flow_point(data, seeded(1))
    assert torch.equal(point.x, again.x)
