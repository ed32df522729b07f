"""Gaussian diffusion in continuous time, whose log signal-to-noise ratio is a cosine's (Kingma et al. 2021)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from visavis.core.errors import VisavisError
from visavis.sampling.process import DATA, TIME_SCALE, Level, Schedule, diffusion_level, per_row


@dataclass(frozen=True)
class CosineLogSnr:
    """log(signal^2 / noise^2) = -2 log tan(angle); the angle is even in time, from 1 (noise) to 0 (nearly data).

    So signal is cos(angle), noise sin(angle) (Salimans & Ho 2022). `least` and `most`: the log ratio at times 1 and 0;
    pure noise would be minus infinity, where predicted noise says nothing of the data.
    Training times are uniform and a draw's even, the last step goes to the data itself. `shift`: a draw's times lie
    nearer to noise, t at shift t / (1 + (shift - 1) t) (Esser et al. 2024, for larger pictures).
    """

    least: float = -20.0
    most: float = 20.0
    shift: float = 1.0

    def __post_init__(self) -> None:
        if self.shift < 1:
            raise VisavisError(f"times are shifted towards noise by 1 (not at all) or more; {self.shift} is less")
        if not self.least < self.most:
            raise VisavisError(f"the log SNR rises from noise to data; {self.least} is not below {self.most}")

    def schedule(self, steps: int) -> Schedule:
        """See `Process.schedule`."""
        if steps < 1:
            raise VisavisError(f"diffusion takes at least 1 step, {steps} were asked for")
        times = tuple(self._shifted(1 - i / steps) for i in range(steps))
        angles = [self._nearest + time * self._span for time in times]
        return Schedule(times, (*(diffusion_level(angle, math.cos(angle), math.sin(angle)) for angle in angles), DATA))

    def random_times(self, data: Tensor, generator: torch.Generator) -> Tensor:
        """See `Process.random_times`."""
        return torch.rand(len(data), generator=generator, device=generator.device).to(data)

    def level(self, time: Tensor, like: Tensor) -> Level[Tensor]:
        """See `Process.level`."""
        angle = per_row(self._nearest + time * self._span, like)
        return diffusion_level(angle, angle.cos(), angle.sin())

    def network_time(self, time: Tensor) -> Tensor:
        """See `Process.network_time`."""
        return time * TIME_SCALE

    def _shifted(self, even: float) -> float:
        """Times where evenly spaced ones lie, from 0 (data) to 1 (noise), once more of them are near noise."""
        return self.shift * even / (1 + (self.shift - 1) * even)

    @property
    def _nearest(self) -> float:
        return math.atan(math.exp(-self.most / 2))

    @property
    def _span(self) -> float:
        return math.atan(math.exp(-self.least / 2)) - self._nearest
