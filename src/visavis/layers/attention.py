"""Multi-head self-attention over turns, with rotary time and an explicit key/value cache.

Shapes: B conversations, H heads, N tokens of this call, K tokens of the past, C width, A = C / H.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class KeyValues:
    """Keys and values (B, H, N, A) of past tokens, before any rotation."""

    keys: Tensor
    values: Tensor

    def shifted(self, newer: KeyValues) -> KeyValues:
        """As many tokens as before, the newest of both."""
        keep = self.keys.shape[2]
        keys = torch.cat([self.keys, newer.keys], dim=2)
        values = torch.cat([self.values, newer.values], dim=2)
        return KeyValues(keys[:, :, keys.shape[2] - keep :], values[:, :, keys.shape[2] - keep :])


@dataclass(frozen=True)
class Rotary:
    """Cosines and sines (K + N, A / 2) of the tokens' times: the past's first, then this call's."""

    cos: Tensor
    sin: Tensor

    @staticmethod
    def at(times: Tensor, width: int) -> Rotary:
        """For `times` (K + N,) [frames] and heads of this width, at periods of about 6 frames to 20 minutes."""
        rates = 10_000.0 ** (-torch.arange(0, width, 2, device=times.device, dtype=torch.float32) / width)
        angles = times.float()[:, None] * rates
        return Rotary(angles.cos(), angles.sin())

    def turn(self, x: Tensor) -> Tensor:
        """Pairs of channels of x (..., N, A), the latest N tokens, turned by their angles."""
        cos, sin = (table[-x.shape[-2] :].to(x.dtype) for table in (self.cos, self.sin))
        first, second = x.chunk(2, dim=-1)
        return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)


class Attention(nn.Module):
    """Self-attention; `mask` (..., N, K + N) is true where a token may look."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def no_tokens(self, rows: int, tokens: int) -> KeyValues:
        """Room for the keys and values of so many tokens, all zero."""
        weight = self.proj.weight
        empty = weight.new_zeros(rows, self.heads, tokens, weight.shape[0] // self.heads)
        return KeyValues(empty, empty)

    def forward(
        self, x: Tensor, mask: Tensor | None, rotary: Rotary | None, past: KeyValues | None
    ) -> tuple[Tensor, KeyValues]:
        """The attended tokens (B, N, C) and this call's keys and values.

        `rotary` turns on rotary positions: only differences of time matter.
        """
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        own = KeyValues(k, v)
        if past is not None:
            k = torch.cat([past.keys, k], dim=2)
            v = torch.cat([past.values, v], dim=2)
        if rotary is not None:
            q, k = rotary.turn(q), rotary.turn(k)
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
        if mask is not None:
            scores = scores.masked_fill(~mask, float("-inf"))
        shares = F.dropout(scores.softmax(dim=-1), self.dropout, self.training)
        mixed = (shares.to(v.dtype) @ v).transpose(1, 2).flatten(2)
        return F.dropout(self.proj(mixed), self.dropout, self.training), own
