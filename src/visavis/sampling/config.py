"""Sampling as a recipe's section, and the sampler it asks for."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.core.errors import VisavisError


@dataclass(frozen=True)
class SamplingConfig:
    """steps: denoising steps a draw, one prediction each (official evaluation: 5). temperature: scale of the noise.

    bounded: a learned variance is kept between its two bounds (published: false), see `DiffusionSampler`.
    """

    steps: int = 5
    temperature: float = 1.0
    bounded: bool = False

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise VisavisError(f"steps must be at least 1, {self.steps} was given")
        if self.temperature < 0:
            raise VisavisError(f"temperature cannot be negative, {self.temperature} was given")
