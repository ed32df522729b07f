"""Networks for use only: parts replaced by ones whose weights are laid out for the processor; they share the rest."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import torch
from torch import nn

from visavis.layers.packed import SMALL_WEIGHT, FloatLinear, HalfLinear, Int8Linear
from visavis.layers.unrolled import UnrolledConvolution, UnrolledEar, UnrolledPositions

Kind = type[FloatLinear] | type[HalfLinear] | type[Int8Linear]
"""What large layers multiply in."""
Module = TypeVar("Module", bound=nn.Module)


def packed_wav2vec(network: nn.Module, kind: Kind) -> Any:
    """A wav2vec 2.0 network for `encode.speech.wav2vec_features`; one with other activations stays as it is."""
    parts: Any = network
    if parts.config.feat_extract_activation != "gelu" or parts.config.hidden_act != "gelu":
        return network
    half = torch.float32 if kind is FloatLinear else torch.bfloat16

    def of_encoder(part: nn.Module) -> nn.Module | None:
        inner: Any = part
        if part is parts.encoder.pos_conv_embed:
            return UnrolledPositions(inner.conv, half)
        if hasattr(part, "intermediate_dense"):
            return packed_mlp(inner.intermediate_dense, inner.output_dense, kind)
        return packed_linear(kind, part)

    pack = partial(FloatLinear if kind is FloatLinear else HalfLinear, out=half)
    other: Any = alike(network)
    other.feature_extractor = UnrolledEar(
        UnrolledConvolution(layer.conv, getattr(layer, "layer_norm", None), pack)
        for layer in parts.feature_extractor.conv_layers
    )
    other.feature_projection = replaced(parts.feature_projection, partial(packed_linear, FloatLinear))
    other.encoder = replaced(parts.encoder, of_encoder)
    return other


def packed_mlp(first: nn.Linear, second: nn.Linear, kind: Kind) -> nn.Module:
    """Linear, GELU, Linear."""
    hidden = torch.bfloat16 if kind is HalfLinear else torch.float32
    return nn.Sequential(kind(first.weight, first.bias, hidden, gelu=True), kind(second.weight, second.bias))


def fitting(kind: Kind, weight: torch.Tensor) -> Kind:
    """The kind for a layer that sees a few tokens at a time: a small one is quickest in float32."""
    return FloatLinear if weight.numel() <= SMALL_WEIGHT else kind


def packed_linear(kind: Kind, part: nn.Module) -> nn.Module | None:
    """A linear layer packed; None for anything else."""
    return kind(part.weight, part.bias) if isinstance(part, nn.Linear) else None


def replaced(module: nn.Module, choose: Callable[[nn.Module], nn.Module | None]) -> Any:
    """A module with parts replaced by what is chosen for them (None: the part is looked into); it shares the rest."""
    chosen = choose(module)
    if chosen is not None:
        return chosen
    other = alike(module)
    for name, part in module.named_children():
        other._modules[name] = replaced(part, choose)
    return other


def alike(module: Module) -> Module:
    """A copy of a module with the same parts, any of which can be replaced."""
    other = copy.copy(module)
    other.__dict__["_modules"] = dict(module._modules)
    return other
