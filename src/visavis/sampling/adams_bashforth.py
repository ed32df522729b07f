"""Integration of the predicted velocity with Adams and Bashforth's steps of second order."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from visavis.core.protocols import Noise, StepHook
from visavis.sampling.process import Level
from visavis.sampling.solver import Estimator, apply_hook


@dataclass(frozen=True)
class AdamsBashforth:
    """Each step takes the velocity halfway through it, extrapolated from the last two; the first step is Euler's.

    One prediction a step. `temperature` scales the start noise, the only noise there is.
    """

    temperature: float = 1.0

    def solve(
        self,
        estimate: Estimator,
        levels: Sequence[Level[float]],
        start: Tensor,
        noise: Noise,  # noqa: ARG002
        hook: StepHook | None,
    ) -> Tensor:
        """See `Solver.solve`; the noise is not called."""
        x = apply_hook(start * self.temperature, levels[0], hook)
        last, last_length = None, 1.0
        for step, (now, later) in enumerate(itertools.pairwise(levels)):
            velocity, length = estimate(x, step).velocity, later.position - now.position
            halfway = velocity
            if last is not None:
                halfway = torch.add(velocity, velocity - last, alpha=length / last_length / 2)
            x = apply_hook(torch.add(x, halfway, alpha=length), later, hook)
            last, last_length = velocity, length
        return x
