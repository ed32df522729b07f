"""Gaussian diffusion with a cosine schedule, clean-value prediction and learned variance (Nichol & Dhariwal 2021).

Shapes: R rows (one a token), D values of a token. Networks give (R, 2 D): clean values, then where the log variance
lies between its two bounds (-1 the posterior's, 1 beta's). Times count 0..999.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from visavis.core.errors import VisavisError
from visavis.core.protocols import Network, Noise

STEPS = 1000
_LARGEST_BETA = 0.999


def cosine_alphas() -> np.ndarray:
    """The share of the signal's variance left after each of the 1000 steps, float64."""

    def level(share: float) -> float:
        return math.cos((share + 0.008) / 1.008 * math.pi / 2) ** 2

    betas = [min(1 - level((i + 1) / STEPS) / level(i / STEPS), _LARGEST_BETA) for i in range(STEPS)]
    return np.cumprod(1 - np.array(betas))


def respaced(count: int) -> list[int]:
    """`count` of the 1000 times, evenly spaced from the first to the last."""
    if not 1 <= count <= STEPS:
        raise VisavisError(f"diffusion takes 1 to {STEPS} steps, {count} were asked for")
    if count == 1:
        return [0]
    return [round(i * (STEPS - 1) / (count - 1)) for i in range(count)]


@dataclass(frozen=True)
class Chain:
    """The forward process seen at some of its `times`, in rising order."""

    times: tuple[int, ...]

    @cached_property
    def alphas(self) -> np.ndarray:
        """Cumulative signal share at the times."""
        return cosine_alphas()[list(self.times)]

    @cached_property
    def before(self) -> np.ndarray:
        """Cumulative signal share one time earlier; 1 before the first."""
        return np.concatenate([[1.0], self.alphas[:-1]])

    @cached_property
    def betas(self) -> np.ndarray:
        """Noise added from one time to the next."""
        betas: np.ndarray = 1 - self.alphas / self.before
        return betas

    @cached_property
    def posterior_variance(self) -> np.ndarray:
        """Variance of the previous value given this one and the clean one; the first takes the second's."""
        variance = self.betas * (1 - self.before) / (1 - self.alphas)
        return np.concatenate([variance[1:2], variance[1:]]) if len(variance) > 1 else self.betas

    def mean(self, index: Tensor, clean: Tensor, x: Tensor) -> Tensor:
        """Mean of the previous value, given the clean value and this one (R, D)."""
        of_clean = np.sqrt(self.before) * self.betas / (1 - self.alphas)
        of_x = np.sqrt(1 - self.betas) * (1 - self.before) / (1 - self.alphas)
        return _at(of_clean, index, x) * clean + _at(of_x, index, x) * x

    def log_variance(self, index: Tensor, share: Tensor) -> Tensor:
        """Log variance (R, D) from the network's `share` in [-1, 1] between posterior and beta."""
        high, low = _at(np.log(self.betas), index, share), _at(np.log(self.posterior_variance), index, share)
        return low + (share + 1) / 2 * (high - low)

    def noised(self, clean: Tensor, index: Tensor, noise: Tensor) -> Tensor:
        """The clean values (R, D) as they are at the times of `index` (R,)."""
        return _at(np.sqrt(self.alphas), index, clean) * clean + _at(np.sqrt(1 - self.alphas), index, clean) * noise

    def bound(self, out: Tensor, clean: Tensor, x: Tensor, index: Tensor, weights: Tensor | None = None) -> Tensor:
        """Variational bound [bits] of each row (R,) for the predicted variance; no gradient reaches the clean part.

        It is the mean over a row's values, which `weights` (R, D) weigh.
        """
        half = clean.shape[1]
        mean = self.mean(index, out[:, :half].detach(), x)
        log_variance = self.log_variance(index, out[:, half:])
        true_mean = self.mean(index, clean, x)
        true_log = _at(np.log(self.posterior_variance), index, x)
        divergence = 0.5 * (
            log_variance
            - true_log
            - 1
            + (true_log - log_variance).exp()
            + (true_mean - mean).square() * (-log_variance).exp()
        )
        likelihood = _discretised_log_likelihood(clean, mean, 0.5 * log_variance)
        first = (index == 0)[:, None]
        each = torch.where(first, -likelihood, divergence)
        return (each if weights is None else each * weights).mean(1) / math.log(2)


FULL = Chain(tuple(range(STEPS)))


@dataclass(frozen=True)
class DiffusionPoint:
    """A training example: the network's input `x` (R, D) and its time `index` (R,), 0..999."""

    x: Tensor
    index: Tensor


def diffusion_point(data: Tensor, generator: torch.Generator) -> DiffusionPoint:
    """Draws noise and a time for each row of `data` (R, D)."""
    noise = torch.randn(data.shape, generator=generator, device=generator.device).to(data)
    index = torch.randint(STEPS, (len(data),), generator=generator, device=generator.device).to(data.device)
    return DiffusionPoint(FULL.noised(data, index, noise), index)


@dataclass(frozen=True)
class DiffusionSampler:
    """Ancestral sampling at `steps` evenly spaced times; `temperature` scales the noise of the steps.

    `bounded` keeps the variance between the posterior's and beta. Training hardly holds it there where the two are
    nearly the same among 1000 times; among few they are far apart, and what lies outside is blown up without limit.
    """

    steps: int = 5
    temperature: float = 1.0
    bounded: bool = False

    def sample(self, network: Network, shape: tuple[int, ...], noise: Noise) -> Tensor:
        """A draw (R, D); the noise is called for the start and once a step, the last of which is not used."""
        chain = Chain(tuple(respaced(self.steps)))
        x = noise(shape)
        predict = network(torch.tensor(chain.times[::-1], device=x.device, dtype=torch.float32))
        for step, i in enumerate(reversed(range(self.steps))):
            index = torch.full((shape[0],), i, device=x.device)
            out = predict(x, step)
            values, share = out[:, : shape[1]], out[:, shape[1] :]
            share = share.clamp(-1, 1) if self.bounded else share
            fresh = noise(shape)
            mean = chain.mean(index, values, x)
            x = mean if i == 0 else mean + (0.5 * chain.log_variance(index, share)).exp() * fresh * self.temperature
        return x


def _at(table: np.ndarray, index: Tensor, like: Tensor) -> Tensor:
    return torch.from_numpy(table).to(like.device)[index].to(like.dtype)[:, None]


def _discretised_log_likelihood(x: Tensor, mean: Tensor, log_scale: Tensor) -> Tensor:
    """Log likelihood of values on a grid of 256 levels over [-1, 1], as in the reference's first step."""

    def below(value: Tensor) -> Tensor:
        return 0.5 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (value + 0.044715 * value**3)))

    centred, scale = x - mean, (-log_scale).exp()
    upper, lower = below((centred + 1 / 255) * scale), below((centred - 1 / 255) * scale)
    inside = torch.where(x > 0.999, 1 - lower, upper - lower)
    return torch.where(x < -0.999, upper, inside).clamp_min(1e-12).log()
