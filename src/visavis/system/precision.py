"""Optimisation for inference: large layers in another precision, their weights laid out for the processor at hand."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from visavis.core.errors import VisavisError, unknown
from visavis.encode.phonetic import CausalLayer, GeluLinear, OneFrame, PhoneticEncoder
from visavis.encode.speech import Wav2VecEncoder
from visavis.layers.optimised import Kind, alike, packed_wav2vec, replaced
from visavis.layers.packed import FloatLinear, HalfLinear, Int8Linear, PackedLinear, has_int8
from visavis.system.digest import digest_of
from visavis.system.factory import make_rollout
from visavis.system.specs import spec_of
from visavis.system.system import System

PRECISIONS: dict[str, Kind] = {"float32": FloatLinear, "bf16": HalfLinear, "int8": Int8Linear}
"""What large layers multiply in, by the names a user gives."""


def optimised(system: System, precision: str) -> System:
    """The same system optimised for inference, in "float32" (equal but for rounding), "bf16" or "int8".

    The precision is that of the model's large layers, where its kind says how to, and of a wav2vec 2.0 or phonetic
    encoder. With bf16 and int8, attention, its cache and convolutions over speech are bfloat16, residuals, norms and
    all other parts float32. Where the processor has no 8-bit products, int8 is bf16. What is not replaced is shared
    with the given system, which stays as it is: train, move and save that one. Raises `VisavisError` for another
    precision, or a system that was optimised before.
    """
    if precision not in PRECISIONS:
        raise unknown("precision", precision, PRECISIONS)
    if any(isinstance(part, PackedLinear) for part in system.modules()):
        raise VisavisError(
            f"{system.config.name} is optimised already; optimise the system that it was made from (load_trainable)"
        )
    kind = PRECISIONS[precision]
    if kind is Int8Linear and not has_int8(system.device):
        kind = HalfLinear
    other = alike(system)
    system.digest = system.digest or digest_of(system)
    other.digest = f"{system.digest} {kind.__name__}"
    if isinstance(system.encoder, Wav2VecEncoder):
        encoder = alike(system.encoder)
        encoder.network = packed_wav2vec(encoder.network, kind)
        other.encoder = encoder
    if isinstance(system.encoder, PhoneticEncoder):
        other.encoder = packed_phonetic(system.encoder, kind)
    spec = spec_of(system.config.model)
    if spec.optimised is not None:
        other.model = spec.optimised(system.model, kind)
    other.rollout = make_rollout(other.model, system.config, system.space, system.context)
    return other


def packed_phonetic(encoder: PhoneticEncoder, kind: Kind) -> PhoneticEncoder:
    """A phonetic encoder: its convolutions in bfloat16, and what they keep, or in float32; all else in float32."""
    pack, kept = (FloatLinear, torch.float32) if kind is FloatLinear else (HalfLinear, torch.bfloat16)

    def of_encoder(part: nn.Module) -> Any:
        if isinstance(part, CausalLayer):
            layer: Any = alike(part)
            layer.mix = pack(part.mix.weight, part.mix.bias, gelu=True)
            return layer
        return FloatLinear(part.weight, part.bias, gelu=True) if isinstance(part, GeluLinear) else None

    other: PhoneticEncoder = replaced(encoder, of_encoder)
    other.kept = kept
    other.one_frame = OneFrame(encoder, kept)
    return other
