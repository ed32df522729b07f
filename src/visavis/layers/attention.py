"""Multi-head self-attention over turns, with rotary time and an explicit key/value cache.

Shapes: B conversations, H heads, N tokens of this call, K tokens of the past, C width, A = C / H.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from visavis.layers.packed import output_of

_MANY_SCORES = 1 << 14


@dataclass(frozen=True)
class KeyValues:
    """Keys and values (B, H, N, A) of past tokens, before any rotation."""

    keys: Tensor
    values: Tensor

    def followed_by(self, newer: KeyValues) -> KeyValues:
        """These tokens and then `newer`, in the dtype of the newer ones."""
        keys = torch.cat([self.keys.to(newer.keys.dtype), newer.keys], dim=2)
        values = torch.cat([self.values.to(newer.values.dtype), newer.values], dim=2)
        return KeyValues(keys, values)

    def last(self, tokens: int) -> KeyValues:
        """The newest `tokens` tokens."""
        first = self.keys.shape[2] - tokens
        return KeyValues(self.keys[:, :, first:], self.values[:, :, first:])


@dataclass(frozen=True)
class Rotary:
    """What turns pairs of channels, the first half's with the second's, at the tokens' times (K + N, A): the past's
    first, then this call's. `cos` is what each channel keeps, `sin` what the other of its pair gives it.

    (B, 1, K + N, A) where each conversation's tokens have times of their own.
    """

    cos: Tensor
    sin: Tensor

    @staticmethod
    def at(times: Tensor, width: int) -> Rotary:
        """For `times` (K + N,) or (B, K + N) [frames], heads of this width, periods of about 6 frames to 20 minutes."""
        rates = 10_000.0 ** (-torch.arange(0, width, 2, device=times.device, dtype=torch.float32) / width)
        angles = times.float()[..., None] * rates
        if times.dim() == 2:
            angles = angles[:, None]
        sin, cos = angles.sin(), angles.cos()
        return Rotary(torch.cat([cos, cos], dim=-1), torch.cat([-sin, sin], dim=-1))

    def turn(self, x: Tensor) -> Tensor:
        """Pairs of channels of x (..., N, A), the latest N tokens, turned by their angles."""
        cos, sin = (table[..., -x.shape[-2] :, :].to(x.dtype) for table in (self.cos, self.sin))
        return x.roll(x.shape[-1] // 2, -1).mul_(sin).addcmul_(x, cos)


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
        width = self.qkv.out_features // 3
        empty = output_of(self.qkv).new_zeros(rows, self.heads, tokens, width // self.heads)
        return KeyValues(empty, empty)

    def forward(
        self, x: Tensor, mask: Tensor | None, rotary: Rotary | None, past: KeyValues | None
    ) -> tuple[Tensor, KeyValues]:
        """The attended tokens (B, N, C), and the past's keys and values followed by this call's.

        `rotary` turns on rotary positions: only differences of time matter.
        """
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        own = KeyValues(k, v)
        every = own if past is None else past.followed_by(own)
        k = every.keys
        if rotary is not None:
            q, k = rotary.turn(q), rotary.turn(k)
        mixed = _mixed(q, k, every.values, mask, self.dropout * self.training).transpose(1, 2).flatten(2)
        return F.dropout(self.proj(mixed), self.dropout, self.training), every


def _mixed(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, dropout: float) -> Tensor:
    """For each query the values mixed by how well the keys fit it (B, H, N, A).

    On CPUs the keys before the first that a conversation sees are left out where they are many.
    """
    many = q.shape[-2] * k.shape[-2] > _MANY_SCORES and q.device.type == "cpu"
    if mask is None or not many or mask.dim() < 4 or mask.shape[0] < q.shape[0]:
        return mixed_at_once(q, k, v, mask, dropout)
    rows = []
    for row, first in enumerate(mask.flatten(1, -2).any(1).int().argmax(1).tolist()):
        one, seen = slice(row, row + 1), mask[row : row + 1, ..., first:]
        left = None if seen.all() else seen
        rows.append(mixed_at_once(q[one], k[one, :, first:], v[one, :, first:], left, dropout))
    return torch.cat(rows)


def mixed_at_once(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, dropout: float) -> Tensor:
    """For each query the values mixed by how well the keys fit it (B, H, N, A), all in one product.

    torch's fused form multiplies bfloat16 slowly on CPUs: a third as fast as the plain one.
    """
    if q.dtype != torch.bfloat16 or q.device.type != "cpu":
        return F.scaled_dot_product_attention(q, k, v, mask, dropout)
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    if mask is not None:
        scores += torch.zeros_like(mask, dtype=q.dtype).masked_fill_(~mask, float("-inf"))
    return F.dropout(scores.softmax(dim=-1), dropout, dropout > 0) @ v
