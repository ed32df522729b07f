"""Cross-attention: tokens ask other tokens.

Shapes: R rows, N tokens that ask, K tokens that are asked, C width.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from visavis.layers.block import Mlp


class CrossAttention(nn.Module):
    """Multi-head attention of tokens (R, N, C) to others (R, K, C) -> (R, N, C)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, asking: Tensor, asked: Tensor) -> Tensor:
        """See the class."""
        q = self.query(asking).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k, v = self.key_value(asked).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        mixed: Tensor = self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))
        return mixed


class CrossBlock(nn.Module):
    """x + attention(norm(x), norm(asked)), then x + mlp(norm(x)); LayerNorm eps 1e-6.

    hidden: width of the MLP; None: there is none.
    """

    def __init__(self, width: int, heads: int, hidden: int | None) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.norm_asked = nn.LayerNorm(width, eps=1e-6)
        self.attn = CrossAttention(width, heads)
        self.norm2 = None if hidden is None else nn.LayerNorm(width, eps=1e-6)
        self.mlp = None if hidden is None else Mlp(width, hidden, dropout=0.0)

    def forward(self, x: Tensor, asked: Tensor) -> Tensor:
        """Tokens (R, N, C) that ask others (R, K, C) -> (R, N, C)."""
        x = x + self.attn(self.norm1(x), self.norm_asked(asked))
        if self.mlp is None or self.norm2 is None:
            return x
        changed: Tensor = x + self.mlp(self.norm2(x))
        return changed
