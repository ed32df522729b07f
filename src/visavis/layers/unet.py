"""A 1-D U-Net over time whose blocks are conditioned by FiLM, for sequences of frames.

    level 0, every frame        sub-blocks ------------------------------ skip ---> sub-blocks, decoder hook
    level 1, every 2nd frame        halved, sub-blocks + self-attention -- skip ---> sub-blocks + self-attention, hook
    ...

Everything normalises frame by frame, so what lies elsewhere in time reaches a frame by convolution and attention alone;
neither sees frames that do not exist. What is made of the others is the same as if those were not there, where their
number is a multiple of 2 for each level.

Shapes: R rows, T frames, C width, Z width of the condition.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from visavis.core.errors import VisavisError
from visavis.layers.attention import Attention, Rotary
from visavis.layers.film import Film, FilmScales
from visavis.layers.temporal import Halving, TemporalConvolution, doubled, halved

Hook = Callable[[int, Tensor], Tensor]
"""What happens to the features (R, T', C) of a decoder's level (0: every frame) after its blocks."""


class SubBlock(nn.Module):
    """x + convolution(FiLM(convolution(x))), each after a norm over the frame's features; starts as the identity but
    for a change of width."""

    def __init__(self, inputs: int, width: int, condition: int) -> None:
        super().__init__()
        self.first_norm = nn.LayerNorm(inputs, eps=1e-6)
        self.first = TemporalConvolution(inputs, width)
        self.second_norm = nn.LayerNorm(width, eps=1e-6)
        self.second = TemporalConvolution(width, width)
        self.by_frame = Film(condition, width)
        self.by_time = Film(condition, width, bias=False)
        self.skip = nn.Identity() if inputs == width else nn.Linear(inputs, width)
        nn.init.zeros_(self.second.linear.weight)
        nn.init.zeros_(self.second.linear.bias)

    def forward(self, x: Tensor, by: FilmScales, exists: Tensor | None) -> Tensor:
        """Features (R, T, I) -> (R, T, C), modulated."""
        inner = self.first(existing(F.silu(self.first_norm(x)), exists))
        inner = existing(F.silu(by.apply(self.second_norm(inner))), exists)
        changed: Tensor = self.skip(x) + self.second(inner)
        return changed


class SelfAttention(nn.Module):
    """x + attention(norm(x)) over all frames (R, T, C), with rotary positions."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads, dropout=0.0)

    def forward(self, x: Tensor, stride: int, exists: Tensor | None) -> Tensor:
        """Frames lie `stride` frames apart."""
        times = stride * torch.arange(x.shape[1], device=x.device)
        seen = None if exists is None else exists[:, None, None]
        attended, _ = self.attn(self.norm(x), seen, Rotary.at(times, x.shape[2] // self.attn.heads), None)
        changed: Tensor = x + attended
        return changed


class Level(nn.Module):
    """The sub-blocks of one level of the encoder or decoder, each followed by self-attention where there is some."""

    def __init__(self, inputs: int, width: int, condition: int, blocks: int, heads: int | None) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(SubBlock(inputs if n == 0 else width, width, condition) for n in range(blocks))
        self.attention = nn.ModuleList(SelfAttention(width, heads) for _ in range(blocks) if heads)

    @property
    def sub_blocks(self) -> list[SubBlock]:
        """Its sub-blocks."""
        return cast("list[SubBlock]", list(self.blocks))

    def forward(self, x: Tensor, scales: Sequence[FilmScales], stride: int, exists: Tensor | None) -> Tensor:
        """Features (R, T, I) -> (R, T, C)."""
        for number, (block, by) in enumerate(zip(self.blocks, scales, strict=True)):
            x = block(x, by, exists)
            if len(self.attention):
                x = self.attention[number](x, stride, exists)
        return x


@dataclass(frozen=True, eq=False)
class UNetScales:
    """FiLM of every sub-block, level by level: of the encoder, and of the decoder."""

    down: tuple[tuple[FilmScales, ...], ...]
    up: tuple[tuple[FilmScales, ...], ...]

    def plus(self, other: UNetScales) -> UNetScales:
        """What both do together."""

        def both(
            ours: tuple[tuple[FilmScales, ...], ...], theirs: tuple[tuple[FilmScales, ...], ...]
        ) -> tuple[tuple[FilmScales, ...], ...]:
            return tuple(
                tuple(a.plus(b) for a, b in zip(one, two, strict=True)) for one, two in zip(ours, theirs, strict=True)
            )

        return UNetScales(both(self.down, other.down), both(self.up, other.up))


class UNet(nn.Module):
    """Features (R, T, C) -> (R, T, C) through `levels` of `blocks` sub-blocks; all but the first attend to themselves.

    Raises `VisavisError` where T cannot be halved as often as it has to be.
    """

    def __init__(self, width: int, condition: int, levels: int, blocks: int, heads: int) -> None:
        super().__init__()
        attending = [heads if level else None for level in range(levels)]
        self.down = nn.ModuleList(Level(width, width, condition, blocks, some) for some in attending)
        self.up = nn.ModuleList(
            Level(width if level == levels - 1 else 2 * width, width, condition, blocks, some)
            for level, some in enumerate(attending)
        )
        self.halvings = nn.ModuleList(Halving(width, width) for _ in range(levels - 1))

    def frame_scales(self, condition: Tensor) -> UNetScales:
        """FiLM of what is told of each frame (R, T, Z); deeper levels are told the means of pairs of frames."""
        told = [condition]
        for _ in self.halvings:
            require_even(told[-1].shape[1])
            told.append(halved(told[-1]))
        return self._scales(lambda level, block: block.by_frame(told[level]))

    def time_scales(self, condition: Tensor) -> UNetScales:
        """FiLM of what is told of a process time (R, 1, Z), to be added to that of the frames."""
        return self._scales(lambda _, block: block.by_time(condition))

    def _scales(self, of: Callable[[int, SubBlock], FilmScales]) -> UNetScales:
        down, up = (
            tuple(
                tuple(of(level, block) for block in cast("Level", one).sub_blocks) for level, one in enumerate(levels)
            )
            for levels in (self.down, self.up)
        )
        return UNetScales(down, up)

    def forward(self, x: Tensor, scales: UNetScales, hook: Hook, exists: Tensor | None = None) -> Tensor:
        """See the class; `hook` is called at each level of the decoder, from the deepest on. `exists` (R, T) bool;
        None: all frames do."""
        skips = []
        there = [None if exists is None else exists[:, :: 2**level] for level in range(len(self.down))]
        for level, block in enumerate(self.down):
            if level:
                skips.append(x)
                x = self.halvings[level - 1](existing(x, there[level - 1]))
            x = block(x, scales.down[level], 2**level, there[level])
        for level in reversed(range(len(self.up))):
            if level < len(skips):
                x = torch.cat([doubled(x), skips[level]], dim=-1)
            x = hook(level, self.up[level](x, scales.up[level], 2**level, there[level]))
        return x


def existing(x: Tensor, exists: Tensor | None) -> Tensor:
    """Features (R, T, C), in frames before the first that exists as in that one; `exists` (R, T) bool, None: all do."""
    if exists is None:
        return x
    frames = torch.arange(x.shape[1], device=x.device)
    nearest = frames.maximum(exists.int().argmax(1, keepdim=True))
    return x.gather(1, nearest[..., None].expand(x.shape))


def require_even(frames: int) -> None:
    """Raises `VisavisError` for an odd number of frames."""
    if frames % 2:
        raise VisavisError(f"{frames} frames cannot be halved; give a window that is a multiple of 2 for each level")
