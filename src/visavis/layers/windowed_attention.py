"""Cross-attention over a window in time: each frame of one sequence asks the frames of another around itself.

Shapes: R rows, T frames, C width, H heads, A = C / H.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from visavis.layers.attention import Rotary, mixed_at_once


class WindowedCrossAttention(nn.Module):
    """x + attention(norm(x), norm(other)) (R, T, C), to frames of the other at most `window` frames away.

    window: 0 is the same frame alone: one key has all the weight, so that attention is a linear map of the other's
    values, and there are no queries. None: all frames. Positions are rotary: only differences of time count. The last
    product starts at 0: nothing is exchanged until it is learned.
    """

    def __init__(self, width: int, heads: int, window: int | None) -> None:
        super().__init__()
        self.heads, self.window = heads, window
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.values = nn.Linear(width, width)
        self.queries = None if window == 0 else nn.Linear(width, width)
        self.keys = None if window == 0 else nn.Linear(width, width)
        self.proj = nn.Linear(width, width)
        nn.init.zeros_(self.proj.weight)
        nn.init.zeros_(self.proj.bias)

    def forward(self, x: Tensor, other: Tensor, stride: int, exists: Tensor | None = None) -> Tensor:
        """Frames of both sequences lie `stride` frames apart; `exists` (R, T) bool of both, None: all do."""
        asked = self.norm(other)
        mixed = self.values(asked)
        if self.queries is not None and self.keys is not None:
            mixed = self._attended(self.queries(self.norm(x)), self.keys(asked), mixed, stride, exists)
        changed: Tensor = x + self.proj(mixed)
        return changed

    def _attended(self, queries: Tensor, keys: Tensor, values: Tensor, stride: int, exists: Tensor | None) -> Tensor:
        q, k, v = (some.unflatten(-1, (self.heads, -1)).transpose(1, 2) for some in (queries, keys, values))
        times = stride * torch.arange(q.shape[2], device=q.device)
        rotary = Rotary.at(times, q.shape[3])
        near = None if self.window is None else (times[:, None] - times).abs() <= self.window
        if exists is not None:
            there = exists[:, None, None] | ~exists[:, None, :, None]
            near = there if near is None else near & there
        attended = mixed_at_once(rotary.turn(q), rotary.turn(k), v, near, dropout=0.0)
        return attended.transpose(1, 2).flatten(2)
