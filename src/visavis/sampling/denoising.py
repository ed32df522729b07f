"""A denoising network's task, along which process to predict what, and training points for it.

Shapes: R rows (the first axis); data (R, ...).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from visavis.sampling.parameterisation import Parameterisation
from visavis.sampling.process import Level, Process


@dataclass(frozen=True, eq=False)
class TrainingPoint:
    """A training example: what the network is given, values `x` and their `network_time` (R,), and its `target`.

    `time` (R,) is the process's own, `level` how much data and noise values hold then, `epsilon` the noise drawn.
    """

    x: Tensor
    network_time: Tensor
    target: Tensor
    time: Tensor
    level: Level[Tensor]
    epsilon: Tensor


_FEW = 2
"""Steps of the shortest draw that starts where all longer ones do."""


@dataclass(frozen=True)
class DenoisingTask:
    """What a network predicts of noised values, along which process.

    learned_variance: the network's last axis is twice as long as the values'; its second half places the log variance
    of an ancestral step between two bounds (-1 the posterior's, 1 beta's; Nichol & Dhariwal 2021).
    """

    process: Process
    parameterisation: Parameterisation
    learned_variance: bool = False

    def outputs(self, values: int) -> int:
        """How many numbers the network gives for so many values."""
        return values * (2 if self.learned_variance else 1)

    @property
    def begins(self) -> float:
        """The process's own time that draws start from, at which next to nothing of the data is seen."""
        return self.process.schedule(_FEW).times[0]

    def training_error(
        self, network: Callable[[Tensor, Tensor], Tensor], data: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Squared errors (R, ...) of what a network predicts at training points of `data`, told values and their
        `network_time`."""
        point = self.training_point(data, generator)
        return (network(point.x, point.network_time).float() - point.target).square()

    def training_point(self, data: Tensor, generator: torch.Generator, blind: Tensor | None = None) -> TrainingPoint:
        """Draws noise, and then a time for each row of `data` (R, ...).

        blind: (R,) bool, rows at the time that draws start from, at which next to nothing of the data is seen."""
        epsilon = torch.randn(data.shape, generator=generator, device=generator.device).to(data)
        time = self.process.random_times(data, generator)
        time = time if blind is None else time.masked_fill(blind, self.begins)
        level = self.process.level(time, data)
        target = self.parameterisation.target(data, epsilon, level)
        return TrainingPoint(level.noised(data, epsilon), self.process.network_time(time), target, time, level, epsilon)
