"""Gaussian diffusion with a cosine schedule of 1000 steps (Nichol & Dhariwal 2021)."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from visavis.core.errors import VisavisError
from visavis.sampling.chain import Chain
from visavis.sampling.process import DATA, Level, Schedule, diffusion_level, per_row

STEPS = 1000
_LARGEST_BETA = 0.999


@functools.cache
def cosine_alphas() -> np.ndarray:
    """The share of the signal's variance left after each of the 1000 steps, float64."""

    def level(share: float) -> float:
        return math.cos((share + 0.008) / 1.008 * math.pi / 2) ** 2

    betas = [min(1 - level((i + 1) / STEPS) / level(i / STEPS), _LARGEST_BETA) for i in range(STEPS)]
    alphas = np.cumprod(1 - np.array(betas))
    alphas.setflags(write=False)
    return alphas


def respaced(count: int) -> list[int]:
    """`count` of the 1000 times, evenly spaced from the first to the last."""
    if not 1 <= count <= STEPS:
        raise VisavisError(f"diffusion takes 1 to {STEPS} steps, {count} were asked for")
    if count == 1:
        return [0]
    return [round(i * (STEPS - 1) / (count - 1)) for i in range(count)]


def levels_at(times: Iterable[int]) -> tuple[Level[float], ...]:
    """The levels at some of the 1000 times."""
    levels = []
    for alpha in cosine_alphas()[list(times)].tolist():
        signal, noise = math.sqrt(alpha), math.sqrt(1 - alpha)
        levels.append(diffusion_level(math.atan2(noise, signal), signal, noise))
    return tuple(levels)


FULL = Chain(levels_at(range(STEPS)))
"""All 1000 times: what a learned variance is trained on (`bound`)."""


@dataclass(frozen=True)
class CosineDiffusion:
    """1000 steps of noise, the levels of a squared cosine; times are whole, from 999 (noise) to 0 (nearly data)."""

    def schedule(self, steps: int) -> Schedule:
        """See `Process.schedule`; evenly spaced times, of one step the nearest to the data."""
        times = respaced(steps)[::-1]
        return Schedule(tuple(map(float, times)), (*levels_at(times), DATA))

    def random_times(self, data: Tensor, generator: torch.Generator) -> Tensor:
        """See `Process.random_times`; int64."""
        return torch.randint(STEPS, (len(data),), generator=generator, device=generator.device).to(data.device)

    def level(self, time: Tensor, like: Tensor) -> Level[Tensor]:
        """See `Process.level`; times are whole."""
        signal, noise = (
            per_row(torch.from_numpy(table).to(time.device)[time].to(like.dtype), like)
            for table in (np.sqrt(cosine_alphas()), np.sqrt(1 - cosine_alphas()))
        )
        return diffusion_level(torch.atan2(noise, signal), signal, noise)

    def network_time(self, time: Tensor) -> Tensor:
        """See `Process.network_time`; whole times as they are."""
        return time.float()
