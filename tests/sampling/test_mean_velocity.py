"""Of normal data, all is known: paths, velocities and their means over any stretch."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.networks import network
from tests.sampling.exact import noise_from
from visavis.core.errors import VisavisError
from visavis.sampling.config import SamplingConfig, sampler_for
from visavis.sampling.mean_velocity import MeanVelocity

MEAN, DEVIATION = 1.5, 0.4
UNIT = MeanVelocity().network_times(torch.tensor(0.0), torch.tensor(1.0))[1]
"""How long the whole path is on the scale that networks are told."""


def deviation(time: Tensor) -> Tensor:
    return ((time * DEVIATION) ** 2 + (1 - time) ** 2).sqrt()


def mean_velocity(x: Tensor, told: Tensor) -> Tensor:
    """The exact one, for stretches (R, 2) of begin and length; of no length, the velocity."""
    begin, length = (told / UNIT).split(1, dim=-1)
    length = torch.where(length > 0, length, 1e-3)
    begins, ends = deviation(begin), deviation(begin + length)
    arrived = (begin + length) * MEAN + ends * (x - begin * MEAN) / begins
    return (arrived - x) / length


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_any_number_of_steps_arrives_at_the_same_data(steps: int) -> None:
    sampler = sampler_for(MeanVelocity(), SamplingConfig(steps, temperature=0.5))
    drawn = sampler.sample(network(mean_velocity), (6, 3), noise_from(0))
    torch.testing.assert_close(drawn, MEAN + DEVIATION * 0.5 * noise_from(0)((6, 3)), atol=1e-5, rtol=0)


def test_what_is_learned_is_the_exact_mean_velocity() -> None:
    """No change of it, as far as a line through values, begin and length can say, makes errors smaller."""
    data = MEAN + DEVIATION * torch.randn(400_000, 1, generator=seeded(), dtype=torch.float64)
    weights = torch.zeros(4, dtype=torch.float64, requires_grad=True)

    def pulled(exact: float) -> Tensor:
        def predict(x: Tensor, told: Tensor) -> Tensor:
            begin, length = (told / UNIT).split(1, dim=-1)
            off = torch.cat([torch.ones_like(x), x, begin, length], dim=1) @ weights
            return exact * mean_velocity(x, told) + off[:, None]

        error = MeanVelocity().training_error(predict, data, seeded(1))
        (pull,) = torch.autograd.grad(error.mean(), weights)
        return pull

    assert pulled(exact=1.0).abs().max() < 0.01
    assert pulled(exact=0.9).abs().max() > 0.1


def test_most_rows_are_told_no_stretch_and_the_others_any() -> None:
    seen: list[Tensor] = []

    def predict(x: Tensor, told: Tensor) -> Tensor:
        seen.append(told.detach() / UNIT)
        return 0 * x

    MeanVelocity().training_error(predict, torch.zeros(20_000, 2), seeded())
    begin, length = seen[0].unbind(-1)
    assert (length == 0).double().mean().item() == pytest.approx(0.75, abs=0.02)
    stretches = length[length > 0]
    assert stretches.mean().item() == pytest.approx(1 / 3, abs=0.02)
    assert stretches.max() > 0.95
    assert 0 <= begin.min() <= (begin + length).max() <= 1


def test_values_that_are_held_arrive_as_they_are() -> None:
    told: list[tuple[float, float]] = []

    def hook(x: Tensor, signal: float, noise: float) -> Tensor:
        told.append((signal, noise))
        return x if noise else torch.zeros_like(x)

    sampler = sampler_for(MeanVelocity(), SamplingConfig(2))
    assert not sampler.sample(network(mean_velocity), (2, 3), noise_from(0), hook).any()
    assert told == [(0, 1), (0.5, 0.5), (1, 0)]


def test_there_is_nothing_to_solve() -> None:
    for config in (SamplingConfig(solver="ddim"), SamplingConfig(clip=3.0)):
        with pytest.raises(VisavisError, match="leave solver, clip and eta out"):
            sampler_for(MeanVelocity(), config)
