"""The variational bound, which teaches a network the variance of its steps (Nichol & Dhariwal 2021).

Shapes: R rows; values (R, ..., D).
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from visavis.sampling.chain import Chain, at
from visavis.sampling.process import per_row


def variational_bound(
    chain: Chain, out: Tensor, clean: Tensor, x: Tensor, index: Tensor, weights: Tensor | None = None
) -> Tensor:
    """Bound [bits] of each row (R,) for the predicted variance of a step of `chain` from the levels of `index` (R,).

    `out` (R, ..., 2 D): predicted clean values, to which no gradient goes, then where the log variance lies between
    its two bounds (-1 the posterior's, 1 beta's). `clean`, `x`: the data, and the values that were shown.
    It is the mean over a row's values, which `weights` (R, ..., D) weigh.
    """
    width = clean.shape[-1]
    mean = chain.mean(index, out[..., :width].detach(), x)
    log_variance = chain.log_variance(index, out[..., width:])
    true_mean = chain.mean(index, clean, x)
    true_log = at(np.log(chain.posterior_variance), index, x)
    divergence = 0.5 * (
        log_variance
        - true_log
        - 1
        + (true_log - log_variance).exp()
        + (true_mean - mean).square() * (-log_variance).exp()
    )
    likelihood = _discretised_log_likelihood(clean, mean, 0.5 * log_variance)
    first = per_row(index == 0, x)
    each = torch.where(first, -likelihood, divergence)
    return (each if weights is None else each * weights).flatten(1).mean(1) / math.log(2)


def _discretised_log_likelihood(x: Tensor, mean: Tensor, log_scale: Tensor) -> Tensor:
    """Log likelihood of values on a grid of 256 levels over [-1, 1], as in the reference's first step."""

    def below(value: Tensor) -> Tensor:
        return 0.5 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (value + 0.044715 * value**3)))

    centred, scale = x - mean, (-log_scale).exp()
    upper, lower = below((centred + 1 / 255) * scale), below((centred - 1 / 255) * scale)
    inside = torch.where(x > 0.999, 1 - lower, upper - lower)
    return torch.where(x < -0.999, upper, inside).clamp_min(1e-12).log()
