from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from visavis.sampling.chain import Chain, at
from visavis.sampling.cosine import FULL, STEPS, cosine_alphas, levels_at, respaced
from visavis.sampling.flow import RectifiedFlow

FEW = Chain(levels_at([0, 250, 500, 749, 999]))
FLOW = Chain(RectifiedFlow().schedule(6).levels[-2::-1])


def randn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("chain", [FULL, FEW, FLOW], ids=["full", "respaced", "flow"])
def test_the_posterior_is_bayes_rule(chain: Chain) -> None:
    index = len(chain.levels) // 2
    signal, variance, beta = chain.signal_before[index], chain.noise_before[index] ** 2, chain.betas[index]
    kept = chain.signal[index] / signal
    precision = 1 / variance + kept**2 / beta
    assert chain.posterior_variance[index] == pytest.approx(1 / precision)
    clean, x = randn(1, 4).double(), randn(1, 4, seed=1).double()
    expected = (clean * signal / variance + x * kept / beta) / precision
    torch.testing.assert_close(chain.mean(torch.tensor([index]), clean, x), expected)


def test_noising_step_by_step_is_noising_at_once() -> None:
    np.testing.assert_allclose(np.cumprod(1 - FEW.betas), FEW.signal**2)
    np.testing.assert_allclose(np.cumprod(1 - FULL.betas), cosine_alphas())
    noise = 0.0
    for kept, beta, expected in zip(FLOW.signal / FLOW.signal_before, FLOW.betas, FLOW.noise, strict=True):
        noise = kept**2 * noise + beta
        assert noise == pytest.approx(expected**2)


@pytest.mark.parametrize("steps", [1, 2, 5, 20, 100, STEPS])
def test_its_tables_are_the_published_ones_to_the_last_bit(steps: int) -> None:
    chain, alphas = Chain(levels_at(respaced(steps))), cosine_alphas()[respaced(steps)]
    before = np.concatenate([[1.0], alphas[:-1]])
    betas = 1 - alphas / before
    variance = betas * (1 - before) / (1 - alphas)
    variance = np.concatenate([variance[1:2], variance[1:]]) if steps > 1 else betas
    one, zero = torch.ones(steps, 1), torch.zeros(steps, 1)
    index = torch.arange(steps)
    for found, table in (
        (chain.mean(index, one, zero), np.sqrt(before) * betas / (1 - alphas)),
        (chain.mean(index, zero, one), np.sqrt(1 - betas) * (1 - before) / (1 - alphas)),
        (at(np.log(chain.betas), index, one), np.log(betas)),
        (at(np.log(chain.posterior_variance), index, one), np.log(variance)),
    ):
        assert torch.equal(found.flatten(), torch.from_numpy(table).float())


def test_the_learned_variance_lies_between_posterior_and_beta() -> None:
    index, share = torch.tensor([300, 300, 300]), torch.tensor([[-1.0], [1.0], [0.0]])
    low, high = math.log(FULL.posterior_variance[300]), math.log(FULL.betas[300])
    expected = torch.tensor([[low], [high], [(low + high) / 2]])
    torch.testing.assert_close(FULL.log_variance(index, share), expected)


def test_values_may_have_any_number_of_axes() -> None:
    index, clean, x = torch.tensor([3, 500, 0]), randn(3, 2, 5, 4), randn(3, 2, 5, 4, seed=1)
    flat = FULL.mean(index, clean.flatten(1), x.flatten(1))
    assert torch.equal(FULL.mean(index, clean, x).flatten(1), flat)
    assert torch.equal(FULL.log_variance(index, x).flatten(1), FULL.log_variance(index, x.flatten(1)))
