from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.networks import network
from visavis.core.errors import VisavisError
from visavis.sampling.diffusion import FULL, STEPS, Chain, DiffusionSampler, cosine_alphas, diffusion_point, respaced


def randn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_the_cosine_schedule_has_its_closed_form() -> None:
    share = np.arange(1, STEPS + 1) / STEPS
    level = np.cos((share + 0.008) / 1.008 * np.pi / 2) ** 2 / math.cos(0.008 / 1.008 * math.pi / 2) ** 2
    alphas = cosine_alphas()
    np.testing.assert_allclose(alphas[:-1], level[:-1], rtol=1e-9)
    assert alphas[-1] == pytest.approx(alphas[-2] * 0.001)
    assert (np.diff(alphas) < 0).all()
    assert FULL.betas.max() == pytest.approx(0.999)


def test_respacing_keeps_the_first_and_the_last_time() -> None:
    assert respaced(5) == [0, 250, 500, 749, 999]
    assert respaced(1) == [0]
    assert respaced(STEPS) == list(range(STEPS))
    for count in (2, 10, 333):
        times = respaced(count)
        assert (times[0], times[-1], len(set(times))) == (0, STEPS - 1, count)
    for count in (0, STEPS + 1):
        with pytest.raises(VisavisError, match=f"diffusion takes 1 to 1000 steps, {count} were asked for"):
            respaced(count)


@pytest.mark.parametrize("chain", [FULL, Chain((0, 250, 500, 749, 999))], ids=["full", "respaced"])
def test_the_posterior_is_bayes_rule(chain: Chain) -> None:
    index = len(chain.times) // 2
    before, beta = chain.before[index], chain.betas[index]
    precision = 1 / (1 - before) + (1 - beta) / beta
    assert chain.posterior_variance[index] == pytest.approx(1 / precision)
    clean, x = randn(1, 4).double(), randn(1, 4, seed=1).double()
    expected = (clean * math.sqrt(before) / (1 - before) + x * math.sqrt(1 - beta) / beta) / precision
    torch.testing.assert_close(chain.mean(torch.tensor([index]), clean, x), expected)


def test_noising_step_by_step_is_noising_at_once() -> None:
    chain = Chain((0, 250, 500, 749, 999))
    np.testing.assert_allclose(np.cumprod(1 - chain.betas), chain.alphas)
    index = torch.tensor([0, 700, 999])
    noisy = FULL.noised(torch.full((3, 20_000), 2.0), index, randn(3, 20_000))
    alphas = torch.from_numpy(FULL.alphas)[index]
    torch.testing.assert_close(noisy.mean(1).double(), 2 * alphas.sqrt(), atol=0.03, rtol=0)
    torch.testing.assert_close(noisy.var(1).double(), 1 - alphas, atol=0.03, rtol=0)


def test_training_points_are_data_at_times_from_all_over_the_process() -> None:
    data = randn(20_000, 2)
    point = diffusion_point(data, torch.Generator().manual_seed(1))
    assert (point.index.min().item(), point.index.max().item()) == (0, STEPS - 1)
    assert point.index.float().mean().item() == pytest.approx(499.5, abs=10)
    alphas = torch.from_numpy(FULL.alphas).float()[point.index, None]
    noise = (point.x - alphas.sqrt() * data) / (1 - alphas).sqrt()
    assert noise.mean().item() == pytest.approx(0, abs=0.02)
    assert noise.std().item() == pytest.approx(1, abs=0.02)
    assert torch.equal(point.x, diffusion_point(data, torch.Generator().manual_seed(1)).x)


def test_the_learned_variance_lies_between_posterior_and_beta() -> None:
    index, share = torch.tensor([300, 300, 300]), torch.tensor([[-1.0], [1.0], [0.0]])
    low, high = math.log(FULL.posterior_variance[300]), math.log(FULL.betas[300])
    expected = torch.tensor([[low], [high], [(low + high) / 2]])
    torch.testing.assert_close(FULL.log_variance(index, share), expected)


def test_the_bound_is_zero_for_the_exact_posterior_and_positive_for_all_else() -> None:
    rows = 200
    clean, index = 0.3 * randn(rows, 4), torch.arange(1, 1000, 5)[:rows]
    x = FULL.noised(clean, index, randn(rows, 4, seed=1))
    exact = torch.cat([clean, -torch.ones_like(clean)], 1)
    torch.testing.assert_close(FULL.bound(exact, clean, x, index), torch.zeros(rows), atol=1e-5, rtol=0)
    wrong_mean = torch.cat([clean + 0.5, -torch.ones_like(clean)], 1)
    wrong_variance = torch.cat([clean, torch.ones_like(clean)], 1)
    assert (FULL.bound(wrong_mean, clean, x, index) > 0).all()
    assert (FULL.bound(wrong_variance, clean, x, index)[:100] > 0).all()
    anything = randn(rows, 8, seed=2)
    assert (FULL.bound(anything, clean, x, index) >= 0).all()
    assert (FULL.bound(anything, clean, x, torch.zeros_like(index)) >= 0).all()


def test_the_bound_teaches_the_variance_only() -> None:
    out = randn(3, 8).requires_grad_()
    clean, index = randn(3, 4, seed=1), torch.tensor([10, 500, 900])
    FULL.bound(out, clean, FULL.noised(clean, index, randn(3, 4, seed=2)), index).sum().backward()
    assert out.grad is not None
    assert torch.count_nonzero(out.grad[:, :4]) == 0
    assert torch.count_nonzero(out.grad[:, 4:]) == 12


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

    drawn = DiffusionSampler(steps).sample(network(predict), (3, 4), noise)
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
    drawn = DiffusionSampler(steps).sample(
        network(predict), (10_000, 1), lambda shape: torch.randn(shape, generator=generator)
    )
    assert drawn.mean().item() == pytest.approx(mean, abs=0.03)
    assert drawn.std().item() == pytest.approx(deviation, abs=0.03)


def halving(x: Tensor, *_: Tensor) -> Tensor:
    return torch.cat([0.5 * x, torch.zeros_like(x)], 1)


def test_temperature_scales_the_noise_of_the_steps_but_not_the_start() -> None:
    def noisy(temperature: float, fresh: float) -> Tensor:
        draws = iter([torch.ones(2, 3)] + [torch.full((2, 3), fresh)] * 5)
        return DiffusionSampler(5, temperature).sample(network(halving), (2, 3), lambda *_: next(draws))

    assert torch.equal(noisy(0.0, 1.0), noisy(1.0, 0.0))
    torch.testing.assert_close(noisy(0.5, 1.0), noisy(1.0, 0.5))
    assert not torch.equal(noisy(1.0, 1.0), noisy(0.0, 1.0))


def test_a_bounded_variance_lies_between_the_posterior_and_beta() -> None:
    chain = Chain(tuple(respaced(3)))

    def careless(x: torch.Tensor, _time: torch.Tensor) -> torch.Tensor:
        return torch.cat([x / 2, torch.full_like(x, 30.0)], dim=1)

    bounded = DiffusionSampler(3, bounded=True).sample(network(careless), (2, 3), torch.ones)
    x = torch.ones(2, 3)
    for i in (2, 1, 0):
        mean = chain.mean(torch.full((2,), i), x / 2, x)
        x = mean + chain.betas[i] ** 0.5 if i else mean
    assert x.abs().min() > 0.1
    torch.testing.assert_close(bounded, x, atol=1e-5, rtol=0)
    free = DiffusionSampler(3).sample(network(careless), (2, 3), torch.ones)
    assert free.abs().max() > 100 * bounded.abs().max()


def test_the_bound_weighs_values() -> None:
    clean, index = randn(3, 4), torch.tensor([0, 5, 700])
    out, x = randn(3, 8, seed=3), randn(3, 4, seed=4)
    plain = FULL.bound(out, clean, x, index)
    assert torch.equal(FULL.bound(out, clean, x, index, torch.ones(3, 4)), plain)
    halves = [
        FULL.bound(out, clean, x, index, torch.tensor(half).expand(3, 4)) for half in ([2.0, 2, 0, 0], [0, 0, 2.0, 2])
    ]
    torch.testing.assert_close((halves[0] + halves[1]) / 2, plain)
    assert not torch.allclose(halves[0], plain)
