"""Layers for use side by side: one product for several linear layers of one shape, each with rows of its own.

Shapes: P layers, M rows of each, I inputs, O outputs; R rows, H heads, N tokens that ask, K that are asked, A = C / H.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from visavis.layers.optimised import Kind
from visavis.layers.packed import FloatLinear, PackedLinear


class PackedSides(PackedLinear):
    """Values (P, M, I) -> (P, M, O) float32, in float32 or, for any other kind, in bfloat16."""

    def __init__(self, layers: Sequence[nn.Linear], kind: Kind) -> None:
        super().__init__(layers[0].weight, torch.float32, gelu=False)
        self.inner = torch.float32 if kind is FloatLinear else torch.bfloat16
        self._weight = torch.stack([layer.weight.detach().t() for layer in layers]).to(self.inner)
        self._bias = torch.stack([layer.bias.detach()[None] for layer in layers]).to(self.inner)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return torch.baddbmm(self._bias, x.to(self.inner), self._weight).float()


def mixed_by(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Attention over few tokens: values (R H, K, A) mixed by how well keys (R H, K, A) fit queries (R H, N, A) that
    are divided by the root of A already."""
    return torch.bmm(torch.bmm(q, k.transpose(1, 2)).softmax(-1), v)


def asking_less(weight: Tensor, bias: Tensor, heads: int) -> tuple[Tensor, Tensor]:
    """Weight (C, I) and bias (C,) of queries divided by the root of a head's width."""
    scale = (len(weight) // heads) ** -0.5
    return weight.detach() * scale, bias.detach() * scale
