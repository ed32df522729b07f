"""Convolutions over time as products: frames beside each other are laid side by side for one linear layer.

So packed linear layers serve them, too, and bfloat16 is quick on CPUs. Beyond either end everything is as at that end:
with zeros there, the last frame of a window would differ from its neighbours and jolt where the next one begins.

Shapes: R rows, T frames, I and O features.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class TemporalConvolution(nn.Module):
    """Frames (R, T, I) -> (R, T, O); each sees `kernel` frames, an odd number, around itself."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3) -> None:
        super().__init__()
        self.kernel = kernel
        self.linear = nn.Linear(kernel * inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        made: Tensor = self.linear(neighbours(x, self.kernel))
        return made


class Halving(nn.Module):
    """Frames (R, T, I) -> (R, T / 2, O): a convolution of three frames with a stride of 2; T is even."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Linear(3 * inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        made: Tensor = self.linear(neighbours(x, 3, stride=2))
        return made


def neighbours(x: Tensor, kernel: int, stride: int = 1) -> Tensor:
    """For every `stride`-th frame of (R, T, I) the `kernel` frames around it, side by side (R, T / stride, k I)."""
    reach, frames = kernel // 2, x.shape[1]
    padded = torch.cat([x[:, :1].expand(-1, reach, -1), x, x[:, -1:].expand(-1, reach, -1)], dim=1)
    return torch.cat([padded[:, at : at + frames : stride] for at in range(kernel)], dim=-1)


def halved(x: Tensor) -> Tensor:
    """The means of pairs of frames: (R, T, I) -> (R, T / 2, I)."""
    means: Tensor = x.unflatten(1, (-1, 2)).mean(2)
    return means


def doubled(x: Tensor) -> Tensor:
    """Every frame twice: (R, T, I) -> (R, 2 T, I)."""
    return x.repeat_interleave(2, dim=1)
