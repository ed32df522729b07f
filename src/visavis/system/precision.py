"""A system for use in another precision: its large layers with weights laid out for the processor at hand."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import torch
from torch import nn

from visavis.core.errors import VisavisError, unknown
from visavis.encode.speech import Wav2VecEncoder
from visavis.layers.attention import Attention
from visavis.layers.block import Mlp
from visavis.layers.denoiser import Denoiser, Modulator
from visavis.layers.guide import Guide
from visavis.layers.packed import FloatLinear, HalfLinear, Int8Linear, PackedLinear, has_int8
from visavis.layers.unrolled import UnrolledConvolution, UnrolledEar, UnrolledPositions
from visavis.models.dualtalk.model import DualTalk
from visavis.system.parts import make_room
from visavis.system.system import System

Kind = type[FloatLinear] | type[HalfLinear] | type[Int8Linear]
Module = TypeVar("Module", bound=nn.Module)

PRECISIONS: dict[str, Kind] = {"float32": FloatLinear, "bf16": HalfLinear, "int8": Int8Linear}
"""What large layers multiply in, by the names a user gives."""


def lowered(system: System, precision: str) -> System:
    """The same system for use only: "float32" (equal but for rounding), "bf16" or "int8".

    The precision is that of the trunk's blocks, the denoising head and a wav2vec 2.0 encoder. With bf16 and int8,
    attention, its cache and the encoder's convolutions are bfloat16, residuals, norms and all other parts float32.
    Where the processor has no 8-bit products, int8 is bf16. What is not replaced is shared with the given system,
    which stays as it is: train, move and save that one. Raises `VisavisError` for another precision, or a system
    that was lowered before.
    """
    if precision not in PRECISIONS:
        raise unknown("precision", precision, PRECISIONS)
    if any(isinstance(part, PackedLinear) for part in system.modules()):
        raise VisavisError(f"{system.config.name} is lowered already; lower the system that it was made from")
    kind = PRECISIONS[precision]
    if kind is Int8Linear and not has_int8(system.device):
        kind = HalfLinear
    other = _alike(system)
    if isinstance(system.encoder, Wav2VecEncoder):
        encoder = _alike(system.encoder)
        encoder.network = _ear(encoder.network, kind)
        other.encoder = encoder
    other.model = _replaced(system.model, partial(_dualtalk if isinstance(system.model, DualTalk) else _timar, kind))
    other.room = make_room(other.model, system.config, system.space, system.context)
    return other


def _timar(kind: Kind, part: nn.Module) -> Any:
    if isinstance(part, Guide):
        return part.settled()
    if isinstance(part, Denoiser):
        head = _replaced(part, partial(_denoiser, kind))
        head.joint = kind(*part.joined())
        return head
    if isinstance(part, Mlp):
        return _mlp(part.fc1, part.fc2, kind)
    if isinstance(part, Attention):
        kept = torch.float32 if kind is FloatLinear else torch.bfloat16
        other: Any = _alike(part)
        other.qkv = kind(part.qkv.weight, part.qkv.bias, kept)
        other.proj = kind(part.proj.weight, part.proj.bias)
        return other
    return _linear(FloatLinear, part)


def _denoiser(kind: Kind, part: nn.Module) -> nn.Module | None:
    """Modulators become one product, the head's `joint`."""
    return nn.Identity() if isinstance(part, Modulator) else _linear(kind, part)


def _dualtalk(kind: Kind, part: nn.Module) -> Any:
    return _ear(part, kind) if hasattr(part, "feature_extractor") else None


def _ear(network: nn.Module, kind: Kind) -> Any:
    """A wav2vec 2.0 network for `hear`."""
    parts: Any = network
    if parts.config.feat_extract_activation != "gelu" or parts.config.hidden_act != "gelu":
        return network
    half = torch.float32 if kind is FloatLinear else torch.bfloat16

    def of_encoder(part: nn.Module) -> nn.Module | None:
        inner: Any = part
        if part is parts.encoder.pos_conv_embed:
            return UnrolledPositions(inner.conv, half)
        if hasattr(part, "intermediate_dense"):
            return _mlp(inner.intermediate_dense, inner.output_dense, kind)
        return _linear(kind, part)

    pack = partial(FloatLinear if kind is FloatLinear else HalfLinear, out=half)
    other: Any = _alike(network)
    other.feature_extractor = UnrolledEar(
        UnrolledConvolution(layer.conv, getattr(layer, "layer_norm", None), pack)
        for layer in parts.feature_extractor.conv_layers
    )
    other.feature_projection = _replaced(parts.feature_projection, partial(_linear, FloatLinear))
    other.encoder = _replaced(parts.encoder, of_encoder)
    return other


def _mlp(first: nn.Linear, second: nn.Linear, kind: Kind) -> nn.Module:
    """Linear, GELU, Linear."""
    hidden = torch.bfloat16 if kind is HalfLinear else torch.float32
    return nn.Sequential(kind(first.weight, first.bias, hidden, gelu=True), kind(second.weight, second.bias))


def _linear(kind: Kind, part: nn.Module) -> nn.Module | None:
    return kind(part.weight, part.bias) if isinstance(part, nn.Linear) else None


def _replaced(module: nn.Module, choose: Callable[[nn.Module], nn.Module | None]) -> Any:
    """A module with parts replaced by what is chosen for them (None: the part is looked into); it shares the rest."""
    chosen = choose(module)
    if chosen is not None:
        return chosen
    other = _alike(module)
    for name, part in module.named_children():
        other._modules[name] = _replaced(part, choose)
    return other


def _alike(module: Module) -> Module:
    """A copy of a module with the same parts, any of which can be replaced."""
    other = copy.copy(module)
    other.__dict__["_modules"] = dict(module._modules)
    return other
