"""A sampler: a denoising network's task, a solver and a number of steps.

Shapes: R rows (the first axis); values (R, ..., D).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from visavis.core.errors import VisavisError
from visavis.core.protocols import Network, Noise, StepHook
from visavis.sampling.denoising import DenoisingTask
from visavis.sampling.parameterisation import Epsilon
from visavis.sampling.process import Level, Schedule
from visavis.sampling.solver import Estimate, Solver


@dataclass(frozen=True)
class DenoisingSampler:
    """A `Sampler`: `steps` steps of a solver, one prediction each. clip: largest size of predicted data (None: any).

    Raises `VisavisError` for a number of steps that the process has not, and for a process that starts from noise
    alone where the network predicts noise, which then tells nothing of the data.
    """

    denoising: DenoisingTask
    solver: Solver
    steps: int
    clip: float | None = None

    def __post_init__(self) -> None:
        start = self._schedule.levels[0]
        if start.signal == 0 and isinstance(self.denoising.parameterisation, Epsilon):
            raise VisavisError(
                f"{type(self.denoising.process).__name__} starts from noise alone, where predicted noise tells nothing "
                "of the data; predict x0 or v"
            )

    def sample(self, network: Network, shape: tuple[int, ...], noise: Noise, hook: StepHook | None = None) -> Tensor:
        """A draw of `shape`; the noise is called for the start, and then as the solver says."""
        schedule = self._schedule
        start = noise(shape)
        predict = network(self.denoising.process.network_time(torch.tensor(schedule.times, device=start.device)))

        def estimate(x: Tensor, step: int) -> Estimate:
            return self._estimate(predict(x, step), x, schedule.levels[step])

        return self.solver.solve(estimate, schedule.levels, start, noise, hook)

    @cached_property
    def _schedule(self) -> Schedule:
        return self.denoising.process.schedule(self.steps)

    def _estimate(self, out: Tensor, x: Tensor, level: Level[float]) -> Estimate:
        width = x.shape[-1]
        if out.shape[-1] != self.denoising.outputs(width):
            raise VisavisError(
                f"the network gave {out.shape[-1]} numbers for {width} values; with learned_variance "
                f"{self.denoising.learned_variance} it gives {self.denoising.outputs(width)}"
            )
        values, variance = (out[..., :width], out[..., width:]) if self.denoising.learned_variance else (out, None)
        estimate = Estimate(values, variance, x, level, self.denoising.parameterisation)
        return estimate if self.clip is None else estimate.clipped(self.clip)
