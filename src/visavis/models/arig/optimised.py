"""ARIG for use only: few operations a frame, and large layers in another precision."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import nn

from visavis.layers.cross_attention import CrossBlock
from visavis.layers.denoiser import Denoiser
from visavis.layers.optimised import Kind, alike, fitting, packed_linear, replaced
from visavis.layers.packed import FloatLinear
from visavis.layers.packed_cross import PackedCrossBlock
from visavis.layers.packed_denoiser import PackedDenoiser
from visavis.layers.packed_sides import QuickMlp
from visavis.models.arig.long_range import LongRange
from visavis.models.arig.model import Arig
from visavis.models.arig.packed_long_range import PackedLongRange
from visavis.models.arig.packed_short_range import PackedShortRange
from visavis.models.arig.packed_states import PackedUnderstanding
from visavis.models.arig.short_range import LinearShortRange, ShortRange
from visavis.models.arig.states import StateUnderstanding, VoiceActivity


def optimised(model: Arig, kind: Kind) -> Arig:
    """The same network with its layers packed; the context cache is float32 or bfloat16.

    Who speaks, the state and the diffusion head stay float32: the first two are decisions, and the head, as narrow as a
    frame of motion, is asked many times over; and small layers that see a few tokens, which are quickest so. What is
    not replaced is shared with the given network.
    """
    other: Arig = replaced(model, partial(_chosen, kind))
    return other


def _chosen(kind: Kind, part: nn.Module) -> Any:
    if isinstance(part, Denoiser):
        return PackedDenoiser(part)
    if isinstance(part, StateUnderstanding):
        return PackedUnderstanding(part)
    if isinstance(part, VoiceActivity):
        activity: Any = alike(part)
        activity.layers = _quick(FloatLinear, part.layers)
        return activity
    if isinstance(part, ShortRange):
        return PackedShortRange(part, kind)
    if isinstance(part, LinearShortRange):
        return replaced(part, partial(packed_linear, kind))
    if isinstance(part, LongRange):
        return PackedLongRange(part, kind)
    if isinstance(part, CrossBlock):
        return PackedCrossBlock(part, kind)
    if isinstance(part, nn.Sequential) and [type(one) for one in part] == [nn.Linear, nn.GELU, nn.Linear]:
        return _quick(kind, part)
    return packed_linear(fitting(kind, part.weight), part) if isinstance(part, nn.Linear) else None


def _quick(kind: Kind, layers: nn.Sequential) -> QuickMlp:
    first, _, second = layers
    assert isinstance(first, nn.Linear)
    assert isinstance(second, nn.Linear)
    return QuickMlp(first, second, kind)
