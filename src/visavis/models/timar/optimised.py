"""TIMAR for use only: the trunk's blocks, the denoising head and the speech tower in another precision."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import nn

from visavis.layers.attention import Attention
from visavis.layers.block import Mlp
from visavis.layers.denoiser import Denoiser, Modulator
from visavis.layers.optimised import Kind, alike, packed_linear, packed_mlp, replaced
from visavis.layers.packed import FloatLinear, HalfLinear
from visavis.models.timar.guide import Guide
from visavis.models.timar.model import Timar
from visavis.models.timar.tower import FrameTower


def optimised(model: Timar, kind: Kind) -> Timar:
    """The same network with its large layers packed; attention, its cache and hidden layers are as wide as they are.

    What is not replaced is shared with the given network, which stays as it is.
    """
    other: Timar = replaced(model, partial(_chosen, kind))
    return other


def _chosen(kind: Kind, part: nn.Module) -> Any:
    if isinstance(part, Guide):
        return part.settled()
    if isinstance(part, Denoiser):
        head = replaced(part, partial(_denoiser, kind))
        head.joint = kind(*part.joined())
        return head
    if isinstance(part, FrameTower):
        return _tower(FloatLinear if kind is FloatLinear else HalfLinear, part)
    if isinstance(part, Mlp):
        return packed_mlp(part.fc1, part.fc2, kind)
    if isinstance(part, Attention):
        kept = torch.float32 if kind is FloatLinear else torch.bfloat16
        other: Any = alike(part)
        other.qkv = kind(part.qkv.weight, part.qkv.bias, kept)
        other.proj = kind(part.proj.weight, part.proj.bias)
        return other
    return packed_linear(FloatLinear, part)


def _tower(kind: Kind, part: Any) -> Any:
    """Its convolutions and what they see in bfloat16, or in float32."""
    other: Any = alike(part)
    other.first = FloatLinear(part.first.weight, part.first.bias)
    other.mixes = nn.ModuleList(kind(mix.weight, mix.bias) for mix in part.mixes)
    other.seen = torch.float32 if kind is FloatLinear else torch.bfloat16
    return other


def _denoiser(kind: Kind, part: nn.Module) -> nn.Module | None:
    """Modulators become one product, the head's `joint`."""
    return nn.Identity() if isinstance(part, Modulator) else packed_linear(kind, part)
