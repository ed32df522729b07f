"""Convolutions over time as products of matrices, which processors do faster; for use, not for learning.

Shapes: R rows, T frames, C channels, K frames that a kernel sees, G groups, g channels a group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from visavis.layers.packed import PackedLinear

Pack = Callable[[Tensor, Tensor | None], PackedLinear]
"""Lays a weight (O, I) and a bias (O,) out for use."""


class UnrolledConvolution(nn.Module):
    """Frames (R, T, C) -> (R, T', C'): a convolution without padding or groups, its norm if it has one, and GELU."""

    def __init__(self, convolution: nn.Conv1d, norm: nn.LayerNorm | nn.GroupNorm | None, pack: Pack) -> None:
        super().__init__()
        weight = convolution.weight.detach()
        self.kernel, self.stride = weight.shape[2], convolution.stride[0]
        self.product = pack(weight.transpose(1, 2).flatten(1), convolution.bias)
        self.norm = norm

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        rows, frames, channels = x.shape
        x = x.to(self.product.empty.dtype).contiguous()
        unrolled = (rows, (frames - self.kernel) // self.stride + 1, self.kernel * channels)
        y = self.product(x.as_strided(unrolled, (frames * channels, self.stride * channels, 1)))
        return F.gelu(self._normed(y))

    def _normed(self, y: Tensor) -> Tensor:
        if self.norm is None:
            return y
        if isinstance(self.norm, nn.LayerNorm):
            weight, bias = self.norm.weight.to(y.dtype), self.norm.bias.to(y.dtype)
            return F.layer_norm(y, self.norm.normalized_shape, weight, bias, self.norm.eps)
        normed: Tensor = self.norm(y.float().transpose(1, 2))
        return normed.transpose(1, 2)


class UnrolledPositions(nn.Module):
    """Frames (R, T, C) -> (R, T, C): the GELU of a convolution in groups that sees K / 2 frames before and after.

    Only what a kernel's taps meet within the T frames is computed.
    """

    def __init__(self, convolution: nn.Conv1d, dtype: torch.dtype) -> None:
        super().__init__()
        weight = convolution.weight.detach().unflatten(0, (convolution.groups, -1))
        self.register_buffer("weight", weight.permute(0, 3, 2, 1).to(dtype).contiguous(), persistent=False)
        self.weight: Tensor
        self.bias = convolution.bias
        self.before = int(convolution.padding[0])

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        frames, (groups, kernel) = x.shape[1], self.weight.shape[:2]
        first = max(0, self.before - frames + 1)
        last = min(kernel, self.before + frames)
        left = self.before - first
        padded = F.pad(x.to(self.weight.dtype), (0, 0, left, last - first - 1 - left))
        seen = padded.unfold(1, last - first, 1).unflatten(2, (groups, -1))
        rows = seen.permute(2, 0, 1, 4, 3).flatten(3).flatten(1, 2)
        y = torch.bmm(rows, self.weight[:, first:last].flatten(1, 2))
        y = y.unflatten(1, x.shape[:2]).permute(1, 2, 0, 3).flatten(2).float()
        return F.gelu(y if self.bias is None else y + self.bias)


class UnrolledEar(nn.Module):
    """Sound (R, S) -> features (R, C, T): convolutions after one another."""

    def __init__(self, layers: Iterable[UnrolledConvolution]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, sound: Tensor) -> Tensor:
        """See the class."""
        x = sound[..., None]
        for layer in self.layers:
            x = layer(x)
        return x.float().transpose(1, 2)
