"""Layers for use side by side: one product for several linear layers of one shape, each with rows of its own.

Shapes: P layers, M rows of each, I inputs, O outputs; R rows, H heads, N tokens that ask, K that are asked, A = C / H.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from visavis.layers.optimised import Kind, fitting
from visavis.layers.packed import SMALL_WEIGHT, FloatLinear, HalfLinear, PackedLinear


class PackedSides(PackedLinear):
    """Values (P, M, I) -> (P, M, O) float32, multiplied in float32 or, for any other kind, in bfloat16.

    weights (O, I) and biases (O,): of each layer.
    """

    def __init__(self, weights: Sequence[Tensor], biases: Sequence[Tensor], kind: Kind) -> None:
        super().__init__(weights[0], torch.float32, gelu=False)
        self.inner = torch.float32 if kind is FloatLinear else torch.bfloat16
        self._apart: list[HalfLinear] | None = None
        if kind is not FloatLinear and weights[0].numel() > SMALL_WEIGHT:
            self._apart = [HalfLinear(weight, bias) for weight, bias in zip(weights, biases, strict=True)]
            return
        self._weight = torch.stack([weight.detach().t() for weight in weights]).to(self.inner)
        self._bias = torch.stack([bias.detach()[None] for bias in biases]).to(self.inner)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        if self._apart is not None:
            return torch.stack([layer(side) for layer, side in zip(self._apart, x.unbind(), strict=True)])
        return torch.baddbmm(self._bias, x.to(self.inner), self._weight).float()


class QuickMlp(nn.Module):
    """Linear, GELU, Linear, with `bend` in GELU's place; only for few values, and in float32 where layers are small."""

    def __init__(self, first: nn.Linear, second: nn.Linear, kind: Kind) -> None:
        super().__init__()
        kinds = fitting(kind, first.weight), fitting(kind, second.weight)
        self.first = kinds[0](first.weight.detach() * ROOT, first.bias.detach() * ROOT)
        self.second = kinds[1](second.weight.detach() * ROOT, second.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(..., I) -> (..., O)."""
        made: Tensor = self.second(bend(self.first(x)))
        return made


ROOT = 0.5**0.5


def bend(x: Tensor) -> Tensor:
    """GELU without its factors: root 2 times the GELU of root 2 times the values, which takes torch several times as
    long to begin with."""
    return torch.addcmul(x, x, x.erf())


def mixed_by(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Attention over few tokens: values (R H, K, A) mixed by how well keys (R H, K, A) fit queries (R H, N, A) that
    are divided by the root of A already."""
    return torch.bmm(torch.bmm(q, k.transpose(1, 2)).softmax(-1), v)


def asking_less(weight: Tensor, bias: Tensor, heads: int) -> tuple[Tensor, Tensor]:
    """Weight (C, I) and bias (C,) of queries divided by the root of a head's width."""
    scale = (len(weight) // heads) ** -0.5
    return weight.detach() * scale, bias.detach() * scale
