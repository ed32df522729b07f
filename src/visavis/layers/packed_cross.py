"""Cross-attention for use: a token that asks a few others, in few operations.

Shapes: R rows, N tokens that ask, K tokens that are asked, H heads, C width, A = C / H.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from visavis.layers.cross_attention import CrossAttention, CrossBlock
from visavis.layers.optimised import Kind, fitting
from visavis.layers.packed_sides import QuickMlp, asking_less, mixed_by


class PackedCrossAttention(nn.Module):
    """What a `CrossAttention` does; small layers stay float32."""

    def __init__(self, attention: CrossAttention, kind: Kind) -> None:
        super().__init__()
        self.heads = attention.heads
        query = asking_less(attention.query.weight, attention.query.bias, self.heads)
        self.query = fitting(kind, query[0])(*query)
        key_value, proj = attention.key_value, attention.proj
        self.key_value = fitting(kind, key_value.weight)(key_value.weight, key_value.bias)
        self.proj = fitting(kind, proj.weight)(proj.weight, proj.bias)

    def forward(self, asking: Tensor, asked: Tensor) -> Tensor:
        """Tokens (R, N, C) that ask others (R, K, C) -> (R, N, C)."""
        rows, count, width = asking.shape
        heads, each = self.heads, width // self.heads
        q = self.query(asking).view(rows, count, heads, each).transpose(1, 2).reshape(-1, count, each)
        told = self.key_value(asked).view(rows, -1, 2, heads, each).permute(2, 0, 3, 1, 4)
        k, v = told.reshape(2, rows * heads, -1, each).unbind()
        mixed = mixed_by(q, k, v).view(rows, heads, count, each).transpose(1, 2).reshape(rows, count, width)
        answer: Tensor = self.proj(mixed)
        return answer


class PackedCrossBlock(nn.Module):
    """What a `CrossBlock` does."""

    def __init__(self, block: CrossBlock, kind: Kind) -> None:
        super().__init__()
        self.attn = PackedCrossAttention(block.attn, kind)
        self._norms = [_numbers(block.norm1), _numbers(block.norm_asked)]
        self.mlp: nn.Module | None = None
        if block.norm2 is not None and block.mlp is not None:
            self._norms.append(_numbers(block.norm2))
            self.mlp = QuickMlp(block.mlp.fc1, block.mlp.fc2, kind)

    def forward(self, x: Tensor, asked: Tensor) -> Tensor:
        """Tokens (R, N, C) that ask others (R, K, C) -> (R, N, C)."""
        shape = x.shape[-1:]
        asking, told, *last = self._norms
        answer = self.attn(
            torch.layer_norm(x, shape, *asking, 1e-6, False), torch.layer_norm(asked, shape, *told, 1e-6, False)
        )
        x = x + answer
        if self.mlp is None:
            return x
        changed: Tensor = x + self.mlp(torch.layer_norm(x, shape, *last[0], 1e-6, False))
        return changed


def _numbers(norm: nn.LayerNorm) -> tuple[Tensor, Tensor]:
    return norm.weight.detach(), norm.bias.detach()
