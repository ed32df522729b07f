from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from tests.networks import network
from tests.sampling.exact import PROCESSES, Gaussian, Mixture, each, knowing, noise_from
from visavis.sampling.adams_bashforth import AdamsBashforth
from visavis.sampling.denoising import DenoisingTask
from visavis.sampling.flow import RectifiedFlow
from visavis.sampling.logsnr import CosineLogSnr
from visavis.sampling.parameterisation import X0, Velocity
from visavis.sampling.process import TIME_SCALE, Process
from visavis.sampling.sampler import DenoisingSampler

FLOW = DenoisingTask(RectifiedFlow(), Velocity())


def sampler(steps: int, temperature: float = 1.0) -> DenoisingSampler:
    return DenoisingSampler(FLOW, AdamsBashforth(temperature), steps)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_constant_velocity_is_integrated_exactly() -> None:
    start, velocity = torch.randn(4, 3, generator=seeded()), torch.randn(4, 3, generator=seeded(1))
    drawn = sampler(7).sample(network(lambda *_: velocity), (4, 3), lambda _: start)
    torch.testing.assert_close(drawn, start + velocity)


def test_one_step_is_eulers() -> None:
    start = torch.randn(4, 3, generator=seeded())
    drawn = sampler(1).sample(network(lambda x, _: -1.5 * x), (4, 3), lambda _: start)
    torch.testing.assert_close(drawn, start * (1 - 1.5))


def test_twice_the_steps_leave_a_quarter_of_the_error() -> None:
    def error(steps: int) -> float:
        field = network(lambda x, time: -1.5 * x + time[:, None] / TIME_SCALE)
        drawn = sampler(steps).sample(field, (1, 1), lambda _: torch.ones(1, 1, dtype=torch.float64))
        exact = (1 + 1 / 2.25) * math.exp(-1.5) + 1 / 1.5 - 1 / 2.25
        return abs(drawn.item() - exact)

    assert error(20) / error(40) == pytest.approx(4, rel=0.15)
    assert error(40) < 0.001


@pytest.mark.parametrize(("temperature", "spread"), [(1.0, 0.5), (0.0, 0.0)])
def test_the_exact_velocity_of_a_gaussian_gives_its_mean_and_spread(temperature: float, spread: float) -> None:
    mean, deviation = 2.0, 0.5

    def velocity(x: Tensor, time: Tensor) -> Tensor:
        t = time[:, None] / TIME_SCALE
        gain = (t * deviation**2 - (1 - t)) / ((1 - t) ** 2 + t**2 * deviation**2)
        return mean + gain * (x - t * mean)

    generator = seeded(3)
    drawn = sampler(100, temperature).sample(
        network(velocity), (20_000, 1), lambda shape: torch.randn(shape, generator=generator)
    )
    assert drawn.mean().item() == pytest.approx(mean, abs=0.02)
    assert drawn.std().item() == pytest.approx(spread, abs=0.02)


def test_in_a_diffusion_twice_the_steps_leave_a_quarter_of_the_error_too() -> None:
    task, start = DenoisingTask(CosineLogSnr(), Velocity()), torch.ones(1, 1, dtype=torch.float64)

    def drawn(steps: int) -> float:
        return (
            DenoisingSampler(task, AdamsBashforth(), steps)
            .sample(knowing(task, steps, Gaussian(1.0, 0.5).clean), (1, 1), lambda _: start)
            .item()
        )

    exact = 1.0 + 0.5 * 1.0
    assert abs(drawn(40) - exact) / abs(drawn(80) - exact) == pytest.approx(4, rel=0.2)
    assert drawn(80) == pytest.approx(exact, abs=0.002)


@pytest.mark.parametrize("process", PROCESSES, ids=each)
def test_a_mixture_is_drawn_with_its_weights_means_and_spreads(process: Process) -> None:
    task, data = DenoisingTask(process, X0()), Mixture((Gaussian(-1.0, 0.2), Gaussian(1.5, 0.4)), 0.3)
    drawn = DenoisingSampler(task, AdamsBashforth(), 100).sample(
        knowing(task, 100, data.clean), (20_000, 1), noise_from(1)
    )
    second = drawn[drawn > 0.2]
    assert len(second) / len(drawn) == pytest.approx(0.3, abs=0.015)
    assert (second.mean().item(), second.std().item()) == pytest.approx((1.5, 0.4), abs=0.03)
    first = drawn[drawn <= 0.2]
    assert (first.mean().item(), first.std().item()) == pytest.approx((-1.0, 0.2), abs=0.03)
