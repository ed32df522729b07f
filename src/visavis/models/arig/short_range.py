"""Bidirectional-integrated learning: what two people have just done becomes one token (ARIG, short range).

The last frames of both people go through blocks in which each has weights of its own and both attend to each other,
as text and image do in MM-DiT (Esser et al. 2024), then through blocks that treat them as one, with attention and MLP
in parallel (Dehghani et al. 2023). The agent's newest sound modulates all of them by adaptive layer norm (DiT).

Shapes: R rows (a frame of a conversation each), P = 2 people: agent, user; c frames of a chunk, C width.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from visavis.layers.attention import Attention
from visavis.layers.block import Mlp
from visavis.layers.denoiser import Modulation, Modulator

PEOPLE = 2


class Side(nn.Module):
    """One person's own part of a bidirectional block; its gates start closed, so that the block is the identity."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.heads = heads
        self.modulator = _closed(Modulator(width, 6 * width))
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.mlp = Mlp(width, hidden, dropout=0.0)

    def modulations(self, sound: Tensor) -> tuple[Modulation, Modulation]:
        """What the sound (R, C) makes of attention and of the MLP."""
        first, second = self.modulator(sound)[:, None].chunk(2, dim=-1)
        width = sound.shape[-1]
        return Modulation.of(first, width), Modulation.of(second, width)

    def heads_of(self, x: Tensor, by: Modulation) -> Tensor:
        """Queries, keys and values (3, R, H, c, C / H) of tokens (R, c, C)."""
        made: Tensor = self.qkv(modulated(x, by)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return made

    def after(self, x: Tensor, mixed: Tensor, attention: Modulation, mlp: Modulation) -> Tensor:
        """Tokens (R, c, C) after what attention has mixed for them, and the MLP."""
        x = x + gate_of(attention) * self.proj(mixed)
        changed: Tensor = x + gate_of(mlp) * self.mlp(modulated(x, mlp))
        return changed


class BidirectionalBlock(nn.Module):
    """Two people's tokens, with weights of their own for each and one attention over all: two (R, c, C) -> the same."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.sides = nn.ModuleList(Side(width, heads, hidden) for _ in range(PEOPLE))

    def forward(self, people: Sequence[Tensor], sound: Tensor) -> list[Tensor]:
        """From each person's tokens and the agent's newest sound (R, C)."""
        sides = [side for side in self.sides if isinstance(side, Side)]
        by = [side.modulations(sound) for side in sides]
        parts = [side.heads_of(x, of[0]) for side, x, of in zip(sides, people, by, strict=True)]
        q, k, v = torch.cat(parts, dim=-2).unbind(0)
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2).chunk(PEOPLE, dim=1)
        return [side.after(x, own, *of) for side, x, own, of in zip(sides, people, mixed, by, strict=True)]


class IntegratedBlock(nn.Module):
    """Both people's tokens as one sequence (R, P c, C) -> the same: x + gate * (attention(x') + mlp(x'))."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.modulator = _closed(Modulator(width, 3 * width))
        self.attn = Attention(width, heads, dropout=0.0)
        self.mlp = Mlp(width, hidden, dropout=0.0)

    def forward(self, x: Tensor, sound: Tensor) -> Tensor:
        """From tokens and the agent's newest sound (R, C)."""
        by = Modulation.of(self.modulator(sound)[:, None], x.shape[-1])
        inner = modulated(x, by)
        attended, _ = self.attn(inner, None, None, None)
        changed: Tensor = x + gate_of(by) * (attended + self.mlp(inner))
        return changed


class ShortRange(nn.Module):
    """Behaviours of both people in the last c frames (R, P, c, C) -> one summary (R, C) of their interaction."""

    def __init__(self, width: int, heads: int, hidden: int, chunk: int, bidirectional: int, integrated: int) -> None:
        super().__init__()
        self.place = nn.Parameter(0.02 * torch.randn(PEOPLE, chunk, width))
        self.bidirectional = nn.ModuleList(BidirectionalBlock(width, heads, hidden) for _ in range(bidirectional))
        self.integrated = nn.ModuleList(IntegratedBlock(width, heads, hidden) for _ in range(integrated))
        self.compress = nn.Linear(chunk * width, width)

    def forward(self, behaviours: Tensor, sound: Tensor) -> Tensor:
        """`sound` (R, C): the agent's newest frame."""
        people = list((behaviours + self.place).unbind(1))
        for block in self.bidirectional:
            people = block(people, sound)
        both = torch.cat(people, dim=1)
        for block in self.integrated:
            both = block(both, sound)
        summary: Tensor = self.compress(both[:, : behaviours.shape[2]].flatten(1))
        return summary


class LinearShortRange(nn.Module):
    """One linear layer in the place of `ShortRange` (the paper's ablation of bidirectional-integrated learning)."""

    def __init__(self, width: int, chunk: int) -> None:
        super().__init__()
        self.compress = nn.Linear((PEOPLE * chunk + 1) * width, width)

    def forward(self, behaviours: Tensor, sound: Tensor) -> Tensor:
        """As `ShortRange.forward`."""
        summary: Tensor = self.compress(torch.cat([behaviours.flatten(1), sound], dim=1))
        return summary


def modulated(x: Tensor, by: Modulation) -> Tensor:
    """Tokens (R, N, C) normed, shifted and scaled."""
    return torch.addcmul(by.shift, F.layer_norm(x, x.shape[-1:], eps=1e-6), by.gain)


def gate_of(by: Modulation) -> Tensor:
    """How far a change is let through (R, 1, C)."""
    assert by.gate is not None
    return by.gate


def _closed(modulator: Modulator) -> Modulator:
    nn.init.zeros_(modulator.linear.weight)
    nn.init.zeros_(modulator.linear.bias)
    return modulator
