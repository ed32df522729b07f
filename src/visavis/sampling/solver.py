"""The solvers' contract: what they are given, a network's estimate in every parameterisation, and the hook.

Shapes: R rows; values (R, ...).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from visavis.core.protocols import Noise, StepHook
from visavis.sampling.parameterisation import X0, Parameterisation
from visavis.sampling.process import Level


@dataclass(frozen=True, eq=False)
class Estimate:
    """A network's prediction `out` for values `x` at a level, in every parameterisation.

    `variance` places the log variance between its two bounds (-1 the posterior's, 1 beta's); None: not predicted.
    """

    out: Tensor
    variance: Tensor | None
    x: Tensor
    level: Level[float]
    parameterisation: Parameterisation

    @property
    def clean(self) -> Tensor:
        """The data."""
        return self.parameterisation.clean(self.out, self.x, self.level)

    @property
    def epsilon(self) -> Tensor:
        """The noise of unit size."""
        return self.parameterisation.epsilon(self.out, self.x, self.level)

    @property
    def velocity(self) -> Tensor:
        """The derivative of the values along the path."""
        return self.parameterisation.velocity(self.out, self.x, self.level)

    def clipped(self, largest: float) -> Estimate:
        """The same with data no larger than `largest`; noise and velocity follow."""
        return Estimate(self.clean.clamp(-largest, largest), self.variance, self.x, self.level, X0())


Estimator = Callable[[Tensor, int], Estimate]
"""Asks the network for an estimate of values, at one of a draw's levels by its place among them."""


class Solver(Protocol):
    """Goes from noise to data, asking the network at each level but the last."""

    def solve(
        self, estimate: Estimator, levels: Sequence[Level[float]], start: Tensor, noise: Noise, hook: StepHook | None
    ) -> Tensor:
        """Values at the last level, from noise of unit size `start`; more noise is called as it is needed."""
        ...


def apply_hook(x: Tensor, level: Level[float], hook: StepHook | None) -> Tensor:
    """Values at a level after the hook, if there is one."""
    return x if hook is None else hook(x, level.signal, level.noise)
