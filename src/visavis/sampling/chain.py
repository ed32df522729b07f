"""A noise process as a Markov chain: what is known of a less noised value, given a noised one and the data.

Shapes: R rows; values (R, ...); an index (R,) says at which of the chain's levels each row is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from visavis.sampling.process import Level, per_row


@dataclass(frozen=True)
class Chain:
    """A process at some of its levels, in rising noise, without the data. Tables are float64, one number a level."""

    levels: tuple[Level[float], ...]

    @cached_property
    def signal(self) -> np.ndarray:
        """Share of the data at each level."""
        return np.array([level.signal for level in self.levels])

    @cached_property
    def noise(self) -> np.ndarray:
        """Deviation of the noise at each level."""
        return np.array([level.noise for level in self.levels])

    @cached_property
    def signal_before(self) -> np.ndarray:
        """Share of the data one level earlier; 1 before the first."""
        return np.concatenate([[1.0], self.signal[:-1]])

    @cached_property
    def noise_before(self) -> np.ndarray:
        """Deviation of the noise one level earlier; 0 before the first."""
        return np.concatenate([[0.0], self.noise[:-1]])

    @cached_property
    def betas(self) -> np.ndarray:
        """Variance of the noise added from one level to the next."""
        betas: np.ndarray = self.noise**2 - (self._kept * self.noise_before) ** 2
        return betas

    @cached_property
    def posterior_variance(self) -> np.ndarray:
        """Variance of the previous value given this one and the clean one; the first takes the second's."""
        variance = self.noise_before**2 * self.betas / self.noise**2
        return np.concatenate([variance[1:2], variance[1:]]) if len(variance) > 1 else self.betas

    @property
    def _kept(self) -> np.ndarray:
        """What one step leaves of a value."""
        kept: np.ndarray = self.signal / self.signal_before
        return kept

    def mean(self, index: Tensor, clean: Tensor, x: Tensor) -> Tensor:
        """Mean of the previous value, given the clean value and this one."""
        of_clean = self.signal_before * self.betas / self.noise**2
        of_x = self._kept * self.noise_before**2 / self.noise**2
        return at(of_clean, index, x) * clean + at(of_x, index, x) * x

    def log_variance(self, index: Tensor, share: Tensor) -> Tensor:
        """Log variance from a network's `share` in [-1, 1], from the posterior's to beta (Nichol & Dhariwal 2021)."""
        high, low = at(np.log(self.betas), index, share), at(np.log(self.posterior_variance), index, share)
        return low + (share + 1) / 2 * (high - low)


def at(table: np.ndarray, index: Tensor, like: Tensor) -> Tensor:
    """A table's numbers for each row (R, 1, ...), with the axes and in the precision of values `like` (R, ...)."""
    return per_row(torch.from_numpy(table).to(like.device)[index].to(like.dtype), like)
