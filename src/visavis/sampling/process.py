"""Denoising processes: paths from noise to data, along which a network denoises.

Shapes: R rows (the first axis); values have any number of axes after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import torch
from torch import Tensor

N = TypeVar("N", float, Tensor)

TIME_SCALE = 999.0
"""Networks take process times on the scale 0..999, whatever the process."""


@dataclass(frozen=True)
class Level(Generic[N]):
    """How much data and how much noise values hold at one time of a process: signal * data + noise * epsilon.

    position: the variable by which velocities are derivatives (flow: 0 noise, 1 data; diffusion: the angle [rad],
    pi/2 noise, 0 data). signal_rate, noise_rate: derivatives of signal and noise by it.
    Numbers for a whole draw; tensors (R, 1, ...) for rows at times of their own.
    """

    position: N
    signal: N
    noise: N
    signal_rate: N
    noise_rate: N

    def noised(self, data: Tensor, epsilon: Tensor) -> Tensor:
        """Data as it is here, with noise `epsilon` of unit size; both (R, ...)."""
        return data * self.signal + epsilon * self.noise


AnyLevel = Level[float] | Level[Tensor]

DATA = Level(0.0, 1.0, 0.0, 0.0, 1.0)
"""The end of a diffusion: values without noise."""


@dataclass(frozen=True)
class Schedule:
    """Where a draw asks its network: process times (steps,) from noise on, and the levels there and of the data at
    the end (steps + 1,)."""

    times: tuple[float, ...]
    levels: tuple[Level[float], ...]


class Process(Protocol):
    """A path from noise to data, and which of its times are drawn from and trained on."""

    def schedule(self, steps: int) -> Schedule:
        """The times of a draw of so many steps; raises `VisavisError` for a number that cannot be."""
        ...

    def random_times(self, data: Tensor, generator: torch.Generator) -> Tensor:
        """A time (R,) to train on for each row of `data` (R, ...), on its device."""
        ...

    def level(self, time: Tensor, like: Tensor) -> Level[Tensor]:
        """The levels (R, 1, ...) at the rows' times (R,), with as many axes as values `like` (R, ...)."""
        ...

    def network_time(self, time: Tensor) -> Tensor:
        """Times (R,) as networks take them, on the scale 0..999."""
        ...


def diffusion_level(angle: N, signal: N, noise: N) -> Level[N]:
    """A level of a diffusion that keeps the variance (signal^2 + noise^2 = 1), at an angle [rad]."""
    return Level(angle, signal, noise, -noise, signal)


def per_row(numbers: Tensor, like: Tensor) -> Tensor:
    """One number a row (R,) as (R, 1, ...), with as many axes as values `like` (R, ...)."""
    return numbers.reshape(-1, *[1] * (like.dim() - 1))
