"""The context cache: summaries of past chunks, and a causal transformer over them (ARIG, long-range understanding).

Time is cut into chunks of c frames; the newest frame that is known, t = T - 1, lies in chunk floor(t / c):

    drawn frame T        0    1 .. 6    7 .. 12    13 ..        (c = 6)
    newest frame T - 1  -1    0 .. 5    6 .. 11    12 ..
    chunk               -1      0          1         2
    kept after T         *         *          *                  (T a multiple of c: the chunk is complete)

While a chunk is incomplete, its slot is made anew each frame; once it is complete it stays, and the next frame opens
another slot. Each layer keeps keys and values of the last w - 1 slots; the newest slot is never read from the cache.
As what a slot tells depends on no later one, keeping keys and values is the same as going through all summaries again,
until the cache is full. From then on the oldest slot leaves each layer, without the others being made anew.

Attention knows how far apart summaries lie in frames: a slot's time is that of the newest frame that it tells of.

Shapes: B conversations, T frames, C width, H heads, w slots of the cache, c frames of a chunk.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from visavis.core.recorded_graph import any_row, every_row
from visavis.core.state import mapped, merge_rows
from visavis.layers.attention import KeyValues, Rotary
from visavis.layers.block import Block


@dataclass(frozen=True)
class ContextCache:
    """Keys and values (B, H, w - 1, C / H) of the complete chunks, of each layer; the newest comes last."""

    layers: tuple[KeyValues, ...]

    @property
    def slots(self) -> int:
        """How many complete chunks it can hold."""
        return self.layers[0].keys.shape[2]


class LongRange(nn.Module):
    """A summary of the chunk so far and those of the chunks before it -> one context token ("cis-token")."""

    def __init__(self, width: int, heads: int, hidden: int, depth: int, chunk: int, capacity: int) -> None:
        super().__init__()
        self.chunk, self.capacity = chunk, capacity
        self.head_width = width // heads
        self.blocks = nn.ModuleList(Block(width, heads, hidden / width, dropout=0.0) for _ in range(depth))
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def init_cache(self, batch: int, slots: int | None = None) -> ContextCache:
        """An empty cache for so many complete chunks (None: w - 1)."""
        count = self.capacity - 1 if slots is None else slots
        return ContextCache(tuple(block.attn.no_tokens(batch, count) for block in self._blocks()))

    def forward(self, summaries: Tensor) -> Tensor:
        """All frames T = 0, 1, ... at once: summaries (B, T, C) -> context tokens (B, T, C), as `step` makes them."""
        frames = torch.arange(summaries.shape[1], device=summaries.device)
        chunks = torch.div(frames - 1, self.chunk, rounding_mode="floor")
        apart = chunks[:, None] - chunks
        kept = (frames % self.chunk == 0) & (apart > 0) & (apart < self.capacity)
        mask = kept | torch.eye(len(frames), dtype=torch.bool, device=frames.device)
        rotary = Rotary.at(frames, self.head_width)
        x = summaries
        for block in self.blocks:
            x, _ = block(x, mask, rotary, None)
        context: Tensor = self.norm(x)
        return context

    def step(self, summary: Tensor, cache: ContextCache, steps: Tensor) -> tuple[Tensor, ContextCache]:
        """One frame, after `steps` (B,) frames: summary (B, C) -> context token (B, C); and the cache after it."""
        slots = cache.slots
        held = torch.div(steps + self.chunk - 1, self.chunk, rounding_mode="floor")
        place = torch.arange(slots + 1, device=steps.device)
        seen = (place >= slots - held[:, None])[:, None, None]
        times = (self.chunk * (place - slots + 1)).repeat(steps.shape[0], 1)
        times[:, -1] = torch.remainder(steps - 1, self.chunk) + 1
        rotary = Rotary.at(times, self.head_width)
        x, after = summary[:, None], []
        for block, past in zip(self.blocks, cache.layers, strict=True):
            x, every = block(x, seen, rotary, past)
            after.append(every.last(slots))
        context: Tensor = self.norm(x[:, 0])
        return context, _kept(steps % self.chunk == 0, ContextCache(tuple(after)), cache)

    def _blocks(self) -> list[Block]:
        return [block for block in self.blocks if isinstance(block, Block)]


def _kept(complete: Tensor, after: ContextCache, before: ContextCache) -> ContextCache:
    """Row by row the cache with the newest slot, where its chunk is `complete` (B,), or the one before."""
    if not any_row(complete):
        return before
    if every_row(complete):
        return after
    return merge_rows(complete, after, mapped(lambda old, new: old.to(new.dtype), before, after))
