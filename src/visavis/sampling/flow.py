"""Rectified flow: straight paths from noise to data (Liu et al. 2023)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from visavis.core.errors import VisavisError
from visavis.sampling.process import TIME_SCALE, Level, Schedule, per_row


@dataclass(frozen=True)
class RectifiedFlow:
    """Values t * data + (1 - t) * epsilon; the time t runs from 0 (noise) to 1 (data). Velocities are derivatives by t.

    A draw's steps are shorter at both ends, where paths bend most: times u^2 (3 - 2 u) for even u (docs/timar.md
    compares them). Training times are logit-normal (Esser et al. 2024).
    """

    def schedule(self, steps: int) -> Schedule:
        """See `Process.schedule`."""
        if steps < 1:
            raise VisavisError(f"a flow takes at least 1 step, {steps} were asked for")
        even = [i / steps for i in range(steps + 1)]
        times = [u * u * (3 - 2 * u) for u in even]
        return Schedule(tuple(times[:-1]), tuple(self.at(t) for t in times))

    def at(self, time: float) -> Level[float]:
        """The level at one time."""
        return Level(time, time, 1 - time, 1.0, -1.0)

    def random_times(self, data: Tensor, generator: torch.Generator) -> Tensor:
        """See `Process.random_times`."""
        return torch.sigmoid(torch.randn(len(data), generator=generator, device=generator.device)).to(data)

    def level(self, time: Tensor, like: Tensor) -> Level[Tensor]:
        """See `Process.level`."""
        t = per_row(time, like)
        one = torch.ones_like(t)
        return Level(t, t, 1 - t, one, -one)

    def network_time(self, time: Tensor) -> Tensor:
        """See `Process.network_time`."""
        return time * TIME_SCALE
