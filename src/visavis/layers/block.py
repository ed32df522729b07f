"""The pre-norm transformer block of ViT, as TIMAR uses it."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from visavis.layers.attention import Attention, KeyValues, Rotary


class Mlp(nn.Module):
    """Linear, GELU, Linear, each followed by dropout."""

    def __init__(self, width: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)
        self.dropout = dropout

    def forward(self, x: Tensor) -> Tensor:
        """(..., width) -> (..., width)."""
        hidden = F.dropout(F.gelu(self.fc1(x)), self.dropout, self.training)
        return F.dropout(self.fc2(hidden), self.dropout, self.training)


class Block(nn.Module):
    """x + attention(norm(x)), then x + mlp(norm(x)); LayerNorm eps 1e-6."""

    def __init__(self, width: int, heads: int, mlp_ratio: float, dropout: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads, dropout)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = Mlp(width, int(width * mlp_ratio), dropout)

    def forward(
        self, x: Tensor, mask: Tensor | None, rotary: Rotary | None, past: KeyValues | None
    ) -> tuple[Tensor, KeyValues]:
        """Tokens (B, N, C) -> tokens (B, N, C), and the past's keys and values followed by this call's."""
        attended, every = self.attn(self.norm1(x), mask, rotary, past)
        x = x + attended
        return x + self.mlp(self.norm2(x)), every
