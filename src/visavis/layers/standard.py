"""Standardisation of motion: the mean and deviation of each channel, kept with a network's weights.

Shapes: D channels.
"""

from __future__ import annotations

from abc import ABC

import torch
from torch import Tensor, nn


class Standardised(nn.Module, ABC):
    """A network inside which motion has zero mean and unit variance; the statistics are saved with its weights."""

    motion_mean: Tensor
    motion_std: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.register_buffer("motion_mean", torch.zeros(channels))
        self.register_buffer("motion_std", torch.ones(channels))

    def normalise(self, motion: Tensor) -> Tensor:
        """Motion (..., D) in the space's units -> zero mean, unit variance."""
        return (motion - self.motion_mean) / self.motion_std

    def denormalise(self, motion: Tensor) -> Tensor:
        """The inverse of `normalise`."""
        return motion * self.motion_std + self.motion_mean
