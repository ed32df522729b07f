from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from tests.networks import network
from tests.sampling.exact import PROCESSES, Gaussian, Mixture, each, knowing, noise_from
from visavis.sampling.ancestral import Ancestral
from visavis.sampling.chain import Chain
from visavis.sampling.cosine import CosineDiffusion, cosine_alphas, levels_at, respaced
from visavis.sampling.ddim import Ddim
from visavis.sampling.denoising import DenoisingTask
from visavis.sampling.parameterisation import X0
from visavis.sampling.process import Process
from visavis.sampling.sampler import DenoisingSampler

PUBLISHED = DenoisingTask(CosineDiffusion(), X0(), learned_variance=True)


def sampler(steps: int, temperature: float = 1.0, bounded: bool = False) -> DenoisingSampler:
    return DenoisingSampler(PUBLISHED, Ancestral(temperature, bounded), steps)


def randn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("steps", [1, 5, 40])
def test_a_perfect_predictor_gets_the_data_back(steps: int) -> None:
    data = randn(3, 4)
    told: list[float] = []
    shapes: list[tuple[int, ...]] = []

    def predict(x: Tensor, time: Tensor) -> Tensor:
        told.append(time[0].item())
        return torch.cat([data, torch.zeros_like(x)], 1)

    def noise(shape: tuple[int, ...]) -> Tensor:
        shapes.append(shape)
        return randn(*shape, seed=len(shapes))

    drawn = sampler(steps).sample(network(predict), (3, 4), noise)
    torch.testing.assert_close(drawn, data)
    assert told == respaced(steps)[::-1]
    assert shapes == [(3, 4)] * (steps + 1)


def test_the_exact_clean_mean_of_a_gaussian_gives_its_mean_and_spread() -> None:
    mean, deviation, steps = 1.5, 0.5, 200
    alphas = cosine_alphas()

    def predict(x: Tensor, time: Tensor) -> Tensor:
        alpha = alphas[int(time[0].item())]
        gain = math.sqrt(alpha) * deviation**2 / (alpha * deviation**2 + 1 - alpha)
        return torch.cat([mean + gain * (x - math.sqrt(alpha) * mean), -torch.ones_like(x)], 1)

    generator = torch.Generator().manual_seed(5)
    drawn = sampler(steps).sample(network(predict), (10_000, 1), lambda shape: torch.randn(shape, generator=generator))
    assert drawn.mean().item() == pytest.approx(mean, abs=0.03)
    assert drawn.std().item() == pytest.approx(deviation, abs=0.03)


def halving(x: Tensor, *_: Tensor) -> Tensor:
    return torch.cat([0.5 * x, torch.zeros_like(x)], 1)


def test_temperature_scales_the_noise_of_the_steps_but_not_the_start() -> None:
    def noisy(temperature: float, fresh: float) -> Tensor:
        draws = iter([torch.ones(2, 3)] + [torch.full((2, 3), fresh)] * 5)
        return sampler(5, temperature).sample(network(halving), (2, 3), lambda *_: next(draws))

    assert torch.equal(noisy(0.0, 1.0), noisy(1.0, 0.0))
    torch.testing.assert_close(noisy(0.5, 1.0), noisy(1.0, 0.5))
    assert not torch.equal(noisy(1.0, 1.0), noisy(0.0, 1.0))


def test_a_bounded_variance_lies_between_the_posterior_and_beta() -> None:
    chain = Chain(levels_at(respaced(3)))

    def careless(x: torch.Tensor, _time: torch.Tensor) -> torch.Tensor:
        return torch.cat([x / 2, torch.full_like(x, 30.0)], dim=1)

    bounded = sampler(3, bounded=True).sample(network(careless), (2, 3), torch.ones)
    x = torch.ones(2, 3)
    for i in (2, 1, 0):
        mean = chain.mean(torch.full((2,), i), x / 2, x)
        x = mean + chain.betas[i] ** 0.5 if i else mean
    assert x.abs().min() > 0.1
    torch.testing.assert_close(bounded, x, atol=1e-5, rtol=0)
    free = sampler(3).sample(network(careless), (2, 3), torch.ones)
    assert free.abs().max() > 100 * bounded.abs().max()


@pytest.mark.parametrize("process", PROCESSES, ids=each)
def test_a_mixture_is_drawn_with_its_weights_means_and_spreads(process: Process) -> None:
    task, data = DenoisingTask(process, X0()), Mixture((Gaussian(-1.0, 0.2), Gaussian(1.5, 0.4)), 0.3)
    drawn = DenoisingSampler(task, Ancestral(), 150).sample(knowing(task, 150, data.clean), (20_000, 1), noise_from(1))
    second = drawn[drawn > 0.2]
    assert len(second) / len(drawn) == pytest.approx(0.3, abs=0.015)
    assert (second.mean().item(), second.std().item()) == pytest.approx((1.5, 0.4), abs=0.03)
    first = drawn[drawn <= 0.2]
    assert (first.mean().item(), first.std().item()) == pytest.approx((-1.0, 0.2), abs=0.03)


@pytest.mark.parametrize("process", PROCESSES, ids=each)
def test_without_a_learned_variance_it_is_ddim_with_all_its_noise_fresh(process: Process) -> None:
    task = DenoisingTask(process, X0())
    asked = knowing(task, 7, Gaussian(0.3, 0.8).clean), (5, 2, 3)
    one, other = (
        DenoisingSampler(task, solver, 7).sample(*asked, noise_from(2, torch.float64))
        for solver in (Ancestral(), Ddim(eta=1.0))
    )
    torch.testing.assert_close(one, other, atol=1e-9, rtol=1e-9)
