"""Networks that predict the best there is to predict, for data of a known distribution, in any parameterisation."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from visavis.core.protocols import Network
from visavis.sampling.cosine import CosineDiffusion
from visavis.sampling.denoising import DenoisingTask
from visavis.sampling.flow import RectifiedFlow
from visavis.sampling.logsnr import CosineLogSnr
from visavis.sampling.parameterisation import X0, Epsilon, Velocity
from visavis.sampling.process import Level, Process, per_row

Clean = Callable[[Tensor, Level[float]], Tensor]
"""The mean of the data, given noised values at a level."""

PROCESSES: list[Process] = [RectifiedFlow(), CosineDiffusion(), CosineLogSnr()]
TASKS = [
    DenoisingTask(process, parameterisation)
    for process in PROCESSES
    for parameterisation in (X0(), Velocity(), *([] if isinstance(process, RectifiedFlow) else [Epsilon()]))
]


def task_name(task: DenoisingTask) -> str:
    return f"{type(task.process).__name__} {type(task.parameterisation).__name__}"


def each(thing: object) -> str:
    return type(thing).__name__


def knowing(task: DenoisingTask, steps: int, clean: Clean) -> Network:
    """A network that says what `clean` is, in the task's parameterisation."""
    levels = task.process.schedule(steps).levels

    def predict(x: Tensor, step: int) -> Tensor:
        level = levels[step]
        data = clean(x, level)
        return task.parameterisation.target(data, X0().epsilon(data, x, level), as_rows(level, x))

    return lambda _times: predict


def as_rows(level: Level[float], like: Tensor) -> Level[Tensor]:
    """A level of a whole draw as one for each row."""
    return Level(*(per_row(torch.full(like.shape[:1], each, dtype=like.dtype), like) for each in vars(level).values()))


@dataclass(frozen=True)
class Gaussian:
    """Independent values of one mean and deviation."""

    mean: float
    deviation: float

    def clean(self, x: Tensor, level: Level[float]) -> Tensor:
        gain = level.signal * self.deviation**2 / (level.signal**2 * self.deviation**2 + level.noise**2)
        return self.mean + gain * (x - level.signal * self.mean)


@dataclass(frozen=True)
class Mixture:
    """Independent values that come from one of two Gaussians, from the second with the probability `second`."""

    parts: tuple[Gaussian, Gaussian]
    second: float

    def clean(self, x: Tensor, level: Level[float]) -> Tensor:
        scores = []
        for part, weight in zip(self.parts, (1 - self.second, self.second), strict=True):
            variance = level.signal**2 * part.deviation**2 + level.noise**2
            apart = (x - level.signal * part.mean).square() / variance
            scores.append(math.log(weight) - 0.5 * (apart + math.log(variance)))
        share = torch.softmax(torch.stack(scores), 0)
        return sum((share[i] * part.clean(x, level) for i, part in enumerate(self.parts)), torch.zeros_like(x))


@dataclass(frozen=True)
class Pair:
    """Two values of variance 1 with a correlation, (R, 2)."""

    correlation: float

    def clean(self, x: Tensor, level: Level[float]) -> Tensor:
        covariance = torch.tensor([[1.0, self.correlation], [self.correlation, 1.0]], dtype=x.dtype)
        noised = level.signal**2 * covariance + level.noise**2 * torch.eye(2, dtype=x.dtype)
        return level.signal * x @ torch.linalg.solve(noised, covariance)


def noise_from(seed: int = 0, dtype: torch.dtype = torch.float32) -> Callable[[tuple[int, ...]], Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return lambda shape: torch.randn(shape, generator=generator, dtype=dtype)
