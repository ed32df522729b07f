"""DDIM: each step noises the predicted data again, with the predicted noise (Song et al. 2021)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from visavis.core.protocols import Noise, StepHook
from visavis.sampling.process import Level
from visavis.sampling.solver import Estimator, apply_hook


@dataclass(frozen=True)
class Ddim:
    """eta: share of fresh noise in each step, from 0 (none: deterministic but for the start) to 1 (ancestral sampling
    with the posterior's variance). temperature: scale of all noise, the start's and the steps'.

    In a rectified flow and with eta 0 these are Euler's steps.
    """

    eta: float = 0.0
    temperature: float = 1.0

    def solve(
        self,
        estimate: Estimator,
        levels: Sequence[Level[float]],
        start: Tensor,
        noise: Noise,
        hook: StepHook | None,
    ) -> Tensor:
        """See `Solver.solve`; the noise is called once a step but the last, and not at all with eta 0."""
        x = apply_hook(start * self.temperature, levels[0], hook)
        for step, (now, later) in enumerate(itertools.pairwise(levels)):
            predicted = estimate(x, step)
            fresh = self.eta * posterior_deviation(now, later)
            x = predicted.clean * later.signal
            if later.noise:
                x = x + predicted.epsilon * math.sqrt(max(later.noise**2 - fresh**2, 0.0))
            if fresh:
                x = x + noise(tuple(x.shape)) * (fresh * self.temperature)
            x = apply_hook(x, later, hook)
        return x


def posterior_deviation(now: Level[float], later: Level[float]) -> float:
    """Deviation of values at a later level, given those now and the data."""
    kept = now.signal / later.signal
    return later.noise / now.noise * math.sqrt(now.noise**2 - (kept * later.noise) ** 2)
