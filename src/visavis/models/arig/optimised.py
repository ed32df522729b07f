"""ARIG for use only: its large layers in another precision."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import nn

from visavis.layers.attention import Attention
from visavis.layers.block import Mlp
from visavis.layers.denoiser import Denoiser, Modulator
from visavis.layers.optimised import Kind, alike, packed_linear, packed_mlp, replaced
from visavis.layers.packed import FloatLinear
from visavis.models.arig.model import Arig
from visavis.models.arig.states import StateUnderstanding, VoiceActivity


def optimised(model: Arig, kind: Kind) -> Arig:
    """The same network with its layers packed; the context cache is as wide as its attention.

    Who speaks, the state and the diffusion head stay float32: the first two are decisions, and the head, as narrow as a
    frame of motion, is asked many times over. What is not replaced is shared with the given network.
    """
    other: Arig = replaced(model, partial(_chosen, kind))
    other.noise = None if model.noise is None else model.noise.settled()
    return other


def _chosen(kind: Kind, part: nn.Module) -> Any:
    if isinstance(part, Denoiser):
        head = replaced(part, _denoiser)
        head.joint = FloatLinear(*part.joined())
        return head
    if isinstance(part, (StateUnderstanding, VoiceActivity)):
        return replaced(part, partial(packed_linear, FloatLinear))
    if isinstance(part, Mlp):
        return packed_mlp(part.fc1, part.fc2, kind)
    if isinstance(part, Attention):
        kept = torch.float32 if kind is FloatLinear else torch.bfloat16
        other: Any = alike(part)
        other.qkv = kind(part.qkv.weight, part.qkv.bias, kept)
        other.proj = kind(part.proj.weight, part.proj.bias)
        return other
    return packed_linear(kind, part)


def _denoiser(part: nn.Module) -> nn.Module | None:
    """Modulators become one product, the head's `joint`."""
    return nn.Identity() if isinstance(part, Modulator) else packed_linear(FloatLinear, part)
