"""The context cache for use: keys are turned once, when their chunk is complete, and nothing is copied until then.

Shapes: B conversations, C width, H heads, A = C / H, w - 1 slots of the cache.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from visavis.core.state import merge_rows
from visavis.layers.attention import KeyValues
from visavis.layers.block import Block
from visavis.layers.optimised import Kind, fitting
from visavis.layers.packed import FloatLinear
from visavis.layers.packed_sides import QuickMlp, asking_less
from visavis.models.arig.long_range import ContextCache, LongRange


class PackedLongRange(nn.Module):
    """What `LongRange.step` does.

    Keys of its cache are turned by the time since the conversation began [frames]; angles are float64, so that they
    are as exact after days. In bfloat16 the cache is, and attention is not.
    """

    def __init__(self, long: LongRange, kind: Kind) -> None:
        super().__init__()
        self.chunk, self.capacity = long.chunk, long.capacity
        self.kept = torch.float32 if kind is FloatLinear else torch.bfloat16
        blocks = [block for block in long.blocks if isinstance(block, Block)]
        self.blocks = nn.ModuleList(_PackedBlock(block, kind) for block in blocks)
        self.heads, self.each = blocks[0].attn.heads, long.head_width
        self._norm = long.norm.weight.detach(), long.norm.bias.detach()
        places = torch.arange(0, self.each, 2, dtype=torch.float64, device=long.norm.weight.device)
        self._rates = 10_000.0 ** (-places / self.each)

    def init_cache(self, batch: int, slots: int | None = None) -> ContextCache:
        """See `LongRange.init_cache`."""
        count = self.capacity - 1 if slots is None else slots
        shape = (batch, self.heads, count, self.each)
        empty = torch.zeros(shape, dtype=self.kept, device=self._rates.device)
        return ContextCache(tuple(KeyValues(empty, empty) for _ in self.blocks))

    def step(self, summary: Tensor, cache: ContextCache, steps: Tensor) -> tuple[Tensor, ContextCache]:
        """See `LongRange.step`."""
        unseen = self._unseen(cache.slots, steps)
        cos, sin = self._rotary(steps)
        x, own = summary, []
        for block, past in zip(self.blocks, cache.layers, strict=True):
            x, made = block(x, past, unseen, cos, sin)
            own.append(made)
        context = torch.layer_norm(x, x.shape[-1:], *self._norm, 1e-6, False)
        complete = [count % self.chunk == 0 for count in steps.tolist()]
        if not any(complete):
            return context, cache
        after = ContextCache(tuple(map(_followed, cache.layers, own)))
        if all(complete):
            return context, after
        return context, merge_rows(torch.tensor(complete, device=steps.device), after, cache)

    def _unseen(self, slots: int, steps: Tensor) -> Tensor:
        """What is added to scores (B H, 1, w - 1): nothing where a slot is held, and -inf elsewhere."""
        held = torch.div(steps + self.chunk - 1, self.chunk, rounding_mode="floor")
        empty = torch.arange(slots, device=steps.device) < slots - held[:, None]
        added = torch.zeros(empty.shape, device=steps.device).masked_fill_(empty, float("-inf"))
        return added.repeat_interleave(self.heads, 0)[:, None] if len(steps) > 1 else added.expand(self.heads, 1, -1)

    def _rotary(self, steps: Tensor) -> tuple[Tensor, Tensor]:
        """What pairs of channels keep, and what the other of each pair gives them (B, 1, 1, 2, A / 2)."""
        angles = steps[:, None, None, None, None] * self._rates
        sin, cos = angles.sin().float(), angles.cos().float()
        return cos, torch.cat([-sin, sin], dim=-2)


class _PackedBlock(nn.Module):
    """A block of the newest token (B, C) over a cache of others."""

    def __init__(self, block: Block, kind: Kind) -> None:
        super().__init__()
        self.heads = block.attn.heads
        qkv, proj = block.attn.qkv, block.attn.proj
        width = proj.out_features
        asking = asking_less(qkv.weight[:width], qkv.bias[:width], self.heads)
        weight = torch.cat([asking[0], qkv.weight[width:].detach()])
        self.qkv = fitting(kind, weight)(weight, torch.cat([asking[1], qkv.bias[width:].detach()]))
        self.proj = fitting(kind, proj.weight)(proj.weight, proj.bias)
        self.mlp = QuickMlp(block.mlp.fc1, block.mlp.fc2, kind)
        self._norms = [(norm.weight.detach(), norm.bias.detach()) for norm in (block.norm1, block.norm2)]

    def forward(self, x: Tensor, past: KeyValues, unseen: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, KeyValues]:
        """The token (B, C) further on, and its own key, turned, and value (B, H, 1, A)."""
        rows, width = x.shape
        heads, each = self.heads, width // self.heads
        shape, (before, after) = x.shape[-1:], self._norms
        made = self.qkv(torch.layer_norm(x, shape, *before, 1e-6, False)).view(rows, 3, heads, 2, each // 2)
        pairs, v = made[:, :2], made[:, 2].reshape(-1, 1, each)
        turned = torch.addcmul(pairs * cos, pairs.flip(-2), sin)
        q, k = turned.view(rows, 2, -1, 1, each).unbind(1)
        q, k = q.reshape(-1, 1, each), k.reshape(-1, 1, each)
        keys, values = (kept.float().flatten(0, 1) for kept in (past.keys, past.values))
        scores = torch.cat([torch.baddbmm(unseen, q, keys.transpose(1, 2)), (q * k).sum(-1, keepdim=True)], dim=-1)
        shares = scores.softmax(-1)
        mixed = torch.baddbmm(shares[..., -1:] * v, shares[..., :-1], values)
        x = x + self.proj(mixed.view(rows, width))
        x = x + self.mlp(torch.layer_norm(x, shape, *after, 1e-6, False))
        own = KeyValues(k.view(rows, heads, 1, each), v.view(rows, heads, 1, each))
        return x, own


def _followed(past: KeyValues, own: KeyValues) -> KeyValues:
    """The newest slot last, and without the oldest one."""
    dtype, slots = past.keys.dtype, past.keys.shape[2]
    return past.followed_by(KeyValues(own.keys.to(dtype), own.values.to(dtype))).last(slots)
