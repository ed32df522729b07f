"""Bidirectional-integrated learning for use: one product for all modulators, one for both people's layers.

Shapes: R rows, P = 2 people, c frames of a chunk, C width, H heads, A = C / H, L numbers (of C) that the sound makes.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from visavis.layers.optimised import Kind, fitting
from visavis.layers.packed_sides import ROOT, PackedSides, asking_less, bend, mixed_by
from visavis.models.arig.short_range import PEOPLE, BidirectionalBlock, IntegratedBlock, ShortRange, Side

_OF_A_SIDE = 6
_OF_BOTH = 3


class PackedShortRange(nn.Module):
    """What a `ShortRange` does. In the last integrated block only the agent's tokens ask: no other is compressed."""

    def __init__(self, short: ShortRange, kind: Kind) -> None:
        super().__init__()
        self._place = short.place.detach()
        pairs = [block for block in short.bidirectional if isinstance(block, BidirectionalBlock)]
        wholes = [block for block in short.integrated if isinstance(block, IntegratedBlock)]
        self.pairs = nn.ModuleList(_Pair(block, kind) for block in pairs)
        self.wholes = nn.ModuleList(_Whole(block, kind) for block in wholes)
        sides = [side for block in pairs for side in block.sides if isinstance(side, Side)]
        modulators = [side.modulator.linear for side in sides] + [whole.modulator.linear for whole in wholes]
        weight = torch.cat([linear.weight.detach() for linear in modulators])
        self.modulators = fitting(kind, weight)(weight, torch.cat([linear.bias.detach() for linear in modulators]))
        one = weight.new_tensor([0.0, 1.0, 0.0]).repeat(2 * len(sides) + len(wholes))
        self._one = one[:, None].expand(-1, self._place.shape[-1]).contiguous()
        self.compress = kind(short.compress.weight, short.compress.bias)

    def forward(self, behaviours: Tensor, sound: Tensor) -> Tensor:
        """As `ShortRange.forward`: behaviours (R, P, c, C), the agent's newest frame (R, C) -> (R, C)."""
        rows, _, chunk, width = behaviours.shape
        said = self.modulators(F.silu(sound)).view(rows, *self._one.shape) + self._one
        x = (behaviours + self._place).transpose(0, 1)
        at = 0
        for pair in self.pairs:
            numbers = said[:, at : at + PEOPLE * _OF_A_SIDE].view(rows, PEOPLE, _OF_A_SIDE, 1, width)
            x = pair(x, numbers.permute(2, 1, 0, 3, 4).unbind())
            at += PEOPLE * _OF_A_SIDE
        both = x.transpose(0, 1).reshape(rows, PEOPLE * chunk, width)
        for place, whole in enumerate(self.wholes):
            asking = chunk if place == len(self.wholes) - 1 else PEOPLE * chunk
            both = whole(both, said[:, at : at + _OF_BOTH, None].unbind(1), asking)
            at += _OF_BOTH
        summary: Tensor = self.compress(both[:, :chunk].reshape(rows, -1))
        return summary


class _Pair(nn.Module):
    """A bidirectional block: tokens (P, R, c, C) and six numbers of each (P, R, 1, C) -> tokens."""

    def __init__(self, block: BidirectionalBlock, kind: Kind) -> None:
        super().__init__()
        sides = [side for side in block.sides if isinstance(side, Side)]
        self.heads = sides[0].heads
        width = sides[0].proj.out_features
        qkv = [_asking_less(side.qkv, self.heads, width) for side in sides]
        first, second = [side.mlp.fc1 for side in sides], [side.mlp.fc2 for side in sides]
        self.qkv = PackedSides([weight for weight, _ in qkv], [bias for _, bias in qkv], kind)
        self.proj = PackedSides([side.proj.weight for side in sides], [side.proj.bias for side in sides], kind)
        self.first = PackedSides([ROOT * one.weight for one in first], [ROOT * one.bias for one in first], kind)
        self.second = PackedSides([ROOT * one.weight for one in second], [one.bias for one in second], kind)

    def forward(self, x: Tensor, by: tuple[Tensor, ...]) -> Tensor:
        """See the class."""
        shift, gain, gate, shift_mlp, gain_mlp, gate_mlp = by
        people, rows, chunk, width = x.shape
        each = width // self.heads
        made = self.qkv(_inner(x, shift, gain).reshape(people, -1, width))
        made = made.view(people, rows, chunk, 3, self.heads, each).permute(3, 1, 4, 0, 2, 5)
        mixed = mixed_by(*made.reshape(3, rows * self.heads, people * chunk, each).unbind())
        mixed = mixed.view(rows, self.heads, people, chunk, each).permute(2, 0, 3, 1, 4)
        x = torch.addcmul(x, gate, self.proj(mixed.reshape(people, -1, width)).view(x.shape))
        hidden = bend(self.first(_inner(x, shift_mlp, gain_mlp).reshape(people, -1, width)))
        return torch.addcmul(x, gate_mlp, self.second(hidden).view(x.shape))


class _Whole(nn.Module):
    """An integrated block: tokens (R, P c, C), of which the first few ask, and three numbers (R, 1, C) -> those."""

    def __init__(self, block: IntegratedBlock, kind: Kind) -> None:
        super().__init__()
        self.heads, self.width = block.attn.heads, block.attn.proj.out_features
        qkv, first, second, proj = block.attn.qkv, block.mlp.fc1, block.mlp.fc2, block.attn.proj
        weight, bias = _asking_less(qkv, self.heads, self.width)
        self.asking = kind(
            torch.cat([weight[: self.width], ROOT * first.weight.detach()]),
            torch.cat([bias[: self.width], ROOT * first.bias.detach()]),
        )
        self.asked = kind(qkv.weight[self.width :], qkv.bias[self.width :])
        self.after = kind(torch.cat([proj.weight, ROOT * second.weight], dim=1), proj.bias + second.bias)

    def forward(self, x: Tensor, by: tuple[Tensor, ...], asking: int) -> Tensor:
        """See the class."""
        shift, gain, gate = by
        rows, tokens, width = x.shape
        heads, each = self.heads, width // self.heads
        inner = _inner(x, shift, gain)
        asks = self.asking(inner[:, :asking])
        q = asks[..., :width].view(rows, asking, heads, each).transpose(1, 2).reshape(-1, asking, each)
        told = self.asked(inner).view(rows, tokens, 2, heads, each).permute(2, 0, 3, 1, 4)
        mixed = mixed_by(q, *told.reshape(2, rows * heads, tokens, each).unbind())
        mixed = mixed.view(rows, heads, asking, each).transpose(1, 2).reshape(rows, asking, width)
        change = self.after(torch.cat([mixed, bend(asks[..., width:])], dim=-1))
        return torch.addcmul(x[:, :asking], gate, change)


def _inner(x: Tensor, shift: Tensor, gain: Tensor) -> Tensor:
    return torch.addcmul(shift, torch.layer_norm(x, x.shape[-1:], None, None, 1e-6, False), gain)


def _asking_less(qkv: nn.Linear, heads: int, width: int) -> tuple[Tensor, Tensor]:
    """Weight and bias of queries, keys and values, queries as of `asking_less`."""
    weight, bias = asking_less(qkv.weight[:width], qkv.bias[:width], heads)
    return torch.cat([weight, qkv.weight[width:].detach()]), torch.cat([bias, qkv.bias[width:].detach()])
