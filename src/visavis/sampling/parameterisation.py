"""Parameterisations: what a network predicts (x0, epsilon or v), and the conversions between them.

Noised values are x = signal * data + noise * epsilon, so that any one of data, epsilon and velocity gives the others.
Shapes: R rows; values and predictions are both (R, ...).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from visavis.sampling.process import AnyLevel


class Parameterisation(Protocol):
    """What a network predicts: `out` is its prediction for noised values `x` at a level."""

    def clean(self, out: Tensor, x: Tensor, level: AnyLevel) -> Tensor:
        """The data."""
        ...

    def epsilon(self, out: Tensor, x: Tensor, level: AnyLevel) -> Tensor:
        """The noise of unit size."""
        ...

    def velocity(self, out: Tensor, x: Tensor, level: AnyLevel) -> Tensor:
        """The derivative of the values along the path."""
        ...

    def target(self, data: Tensor, epsilon: Tensor, level: AnyLevel) -> Tensor:
        """What the network should predict, given data and noise."""
        ...


@dataclass(frozen=True)
class X0:
    """The network predicts the data (x0)."""

    def clean(self, out: Tensor, x: Tensor, level: AnyLevel) -> Tensor:  # noqa: ARG002
        """See `Parameterisation.clean`."""
        return out

    def epsilon(self, out: Tensor, x: Tensor, level: AnyLevel) -> Tensor:
        """See `Parameterisation.epsilon`; undefined where there is no noise."""
        return (x - out * level.signal) / level.noise

    def velocity(self, out: Tensor, x: Tensor, level: AnyLevel) -> Tensor:
        """See `Parameterisation.velocity`; undefined where there is no noise."""
        return _velocity(out, self.epsilon(out, x, level), level)

    def target(self, data: Tensor, epsilon: Tensor, level: AnyLevel) -> Tensor:  # noqa: ARG002
        """See `Parameterisation.target`."""
        return data


@dataclass(frozen=True)
class Epsilon:
    """The network predicts the noise (epsilon; Ho et al. 2020).

    Its errors reach the data divided by the signal, which is 0.00005 at the start of a cosine schedule: with few steps
    clip the data (`DenoisingSampler`), or start from less noise (`CosineLogSnr`).
    """

    def clean(self, out: Tensor, x: Tensor, level: AnyLevel) -> Tensor:
        """See `Parameterisation.clean`; undefined where there is no signal."""
        return (x - out * level.noise) / level.signal

    def epsilon(self, out: Tensor, x: Tensor, level: AnyLevel) -> Tensor:  # noqa: ARG002
        """See `Parameterisation.epsilon`."""
        return out

    def velocity(self, out: Tensor, x: Tensor, level: AnyLevel) -> Tensor:
        """See `Parameterisation.velocity`; undefined where there is no signal."""
        return _velocity(self.clean(out, x, level), out, level)

    def target(self, data: Tensor, epsilon: Tensor, level: AnyLevel) -> Tensor:  # noqa: ARG002
        """See `Parameterisation.target`."""
        return epsilon


@dataclass(frozen=True)
class Velocity:
    """The network predicts the velocity (v): data - epsilon in a rectified flow (Liu et al. 2023), and
    signal * epsilon - noise * data in a diffusion (Salimans & Ho 2022)."""

    def clean(self, out: Tensor, x: Tensor, level: AnyLevel) -> Tensor:
        """See `Parameterisation.clean`."""
        return (x * level.noise_rate - out * level.noise) / _determinant(level)

    def epsilon(self, out: Tensor, x: Tensor, level: AnyLevel) -> Tensor:
        """See `Parameterisation.epsilon`."""
        return (out * level.signal - x * level.signal_rate) / _determinant(level)

    def velocity(self, out: Tensor, x: Tensor, level: AnyLevel) -> Tensor:  # noqa: ARG002
        """See `Parameterisation.velocity`."""
        return out

    def target(self, data: Tensor, epsilon: Tensor, level: AnyLevel) -> Tensor:
        """See `Parameterisation.target`."""
        return _velocity(data, epsilon, level)


def _velocity(data: Tensor, epsilon: Tensor, level: AnyLevel) -> Tensor:
    return data * level.signal_rate + epsilon * level.noise_rate


def _determinant(level: AnyLevel) -> float | Tensor:
    """Of the two equations that give data and noise from values and velocity: -1 in a flow, 1 in a diffusion."""
    return level.signal * level.noise_rate - level.noise * level.signal_rate
