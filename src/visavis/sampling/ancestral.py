"""Ancestral sampling: each step draws the less noised values, given the predicted data (Ho et al. 2020)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from visavis.core.protocols import Noise, StepHook
from visavis.sampling.chain import Chain
from visavis.sampling.process import Level
from visavis.sampling.solver import Estimator, apply_hook


@dataclass(frozen=True)
class Ancestral:
    """Steps with the variance that the network predicts, or else the posterior's; `temperature` scales their noise.

    `bounded` keeps a learned variance between the posterior's and beta. Training hardly holds it there where the two
    are nearly the same among 1000 times; among few they are far apart, and what lies outside is blown up without limit.
    """

    temperature: float = 1.0
    bounded: bool = False

    def solve(
        self,
        estimate: Estimator,
        levels: Sequence[Level[float]],
        start: Tensor,
        noise: Noise,
        hook: StepHook | None,
    ) -> Tensor:
        """See `Solver.solve`; the noise is called once a step, for the last in vain."""
        chain = Chain(tuple(levels[-2::-1]))
        x = apply_hook(start, levels[0], hook)
        for step, later in enumerate(levels[1:]):
            predicted = estimate(x, step)
            fresh = noise(tuple(x.shape))
            index = torch.full((len(x),), len(levels) - 2 - step, device=x.device)
            mean = chain.mean(index, predicted.clean, x)
            last = step == len(levels) - 2
            x = mean if last else mean + self._deviation(chain, index, predicted.variance, x) * fresh * self.temperature
            x = apply_hook(x, later, hook)
        return x

    def _deviation(self, chain: Chain, index: Tensor, variance: Tensor | None, x: Tensor) -> Tensor:
        share = -torch.ones_like(x) if variance is None else variance
        return (0.5 * chain.log_variance(index, share.clamp(-1, 1) if self.bounded else share)).exp()
