"""The published checkpoint `TIMAR.pth`: its sizes and variant, and its weights under our names."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from visavis.core.bounds import Bounds
from visavis.core.contract import PublishedModel
from visavis.core.errors import VisavisError, listed
from visavis.encode.speech import HUB_MODELS, Wav2VecConfig
from visavis.models.timar.model import DecoderConfig, TimarConfig
from visavis.sampling.config import SamplingConfig

HEADS = {768: 12, 1024: 16, 1280: 16}
HEAD_WIDTH = 64
_NUMBERS = Bounds(0, 1_000_000)
_TIMAR = (
    "fake_latent",
    "mask_token",
    "encoder_pos_embed_learned",
    "diffusion_pos_embed_learned",
    "speech_projection.weight",
    "motion_encoder.0.weight",
    "sep_tok_emb.weight",
    "z_proj.weight",
    "encoder_blocks.0.mlp.fc1.weight",
    "encoder_norm.weight",
)
_RENAMED = {
    "diffloss.net.": "head.",
    "mlp_head.": "head.",
    "motion_encoder.": "tokens.motion_encoder.",
    "speech_projection.": "tokens.speech_projection.",
    "sep_tok_emb.": "tokens.sep_tok_emb.",
    "fake_latent": "tokens.fake_latent",
}


@dataclass(frozen=True, eq=False)
class TimarCheckpoint:
    """A published TIMAR: its averaged weights by their published names, and the `args` of its training."""

    weights: Mapping[str, Tensor]
    args: Mapping[str, object]

    @property
    def speech_width(self) -> int:
        """Speech features a frame that its speech encoder gives."""
        return _size(self.weights, "speech_projection.weight", 1)

    @property
    def channels(self) -> int:
        """Motion channels."""
        return _size(self.weights, "motion_encoder.0.weight", 1)

    @property
    def steps(self) -> int:
        """Denoising steps it is sampled with."""
        return int(_number(self.args, "num_sampling_steps", 5))


def what_lacks(found: Mapping[str, Any], path: Path) -> str | None:
    """None for a published TIMAR, else what it is not, and why; raises `VisavisError` for a broken one."""
    if "model_ema" not in found:
        return "a TIMAR checkpoint (model_ema is missing)"
    weights = found["model_ema"]
    if not isinstance(weights, Mapping) or not all(isinstance(tensor, Tensor) for tensor in weights.values()):
        raise VisavisError(f"{path} is no TIMAR checkpoint: its model_ema holds more than tensors")
    missing = [name for name in _TIMAR if name not in weights]
    if missing:
        raise VisavisError(f"{path} is no TIMAR checkpoint: its model_ema lacks {listed(missing)}")
    return None


def checkpoint_of(found: Mapping[str, Any]) -> TimarCheckpoint:
    """What a file holds that is a published TIMAR."""
    args = found.get("args")
    return TimarCheckpoint(found["model_ema"], vars(args) if isinstance(args, argparse.Namespace) else {})


def read_published(found: Mapping[str, Any], path: Path, speech_encoder: str | None) -> PublishedModel:
    """A published TIMAR in our terms.

    speech_encoder: the wav2vec 2.0 that it hears with, a hub name or a folder (None: the hub's of fitting width).
    Raises `VisavisError` where none is known to fit, and for weights of a variant that is not known here.
    """
    checkpoint = checkpoint_of(found)
    model = timar_config(checkpoint.weights, checkpoint.args)
    width = checkpoint.speech_width
    if speech_encoder is None and width not in HUB_MODELS:
        raise VisavisError(f"{path} needs a speech encoder with {width} features a frame; give --speech-encoder DIR")
    return PublishedModel(
        model=model,
        speech=Wav2VecConfig(speech_encoder or HUB_MODELS[width], model.frames_per_turn),
        sampling=SamplingConfig(steps=checkpoint.steps),
        weights=rename_timar(checkpoint.weights),
        space="flame56",
        speech_width=width,
    )


def timar_config(weights: Mapping[str, Tensor], args: Mapping[str, object]) -> TimarConfig:
    """Size and variant of published weights, from their shapes.

    `args` says what shapes cannot: heads (else the paper's, or width / 64), frames a turn (else 25), causality (else
    causal).
    Raises `VisavisError` for weights of a variant that is not known here.
    """
    if not args.get("predict_xstart", True) or args.get("noise_schedule", "cosine") != "cosine":
        raise VisavisError("only heads that predict clean values on a cosine schedule are known; this one does not")
    width = _size(weights, "z_proj.weight", 0)
    frames = round(_number(args, "motion_fps", 25) * _number(args, "chunk_second", 1))
    diffusion = "diffloss.net.cond_embed.weight" in weights
    return TimarConfig(
        frames_per_turn=frames,
        window_turns=_turns(weights, frames),
        token_width=_size(weights, "z_proj.weight", 1),
        width=width,
        depth=_count(weights, "encoder_blocks."),
        heads=_heads(args, "encoder_num_heads", width),
        mlp_ratio=_ratio(_size(weights, "encoder_blocks.0.mlp.fc1.weight", 0), width),
        dropout=_number(args, "attn_dropout", 0.1),
        causal=bool(args.get("use_causal_attn", True)),
        decoder=_decoder(weights, args),
        head="diffusion" if diffusion else "mlp",
        head_width=_size(weights, "diffloss.net.cond_embed.weight", 0) if diffusion else TimarConfig.head_width,
        head_depth=_count(weights, "diffloss.net.res_blocks.") if diffusion else TimarConfig.head_depth,
    )


def rename_timar(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Published weights by the names of our `Timar`, float32; published motion is not normalised."""
    channels = _size(weights, "motion_encoder.0.weight", 1)
    ours = {_renamed(name): tensor.float() for name, tensor in weights.items()}
    return {**ours, "motion_mean": torch.zeros(channels), "motion_std": torch.ones(channels)}


def _renamed(name: str) -> str:
    for old, new in _RENAMED.items():
        if name.startswith(old):
            return new + name.removeprefix(old)
    return name


def _size(weights: Mapping[str, Tensor], name: str, axis: int) -> int:
    if name not in weights or weights[name].dim() <= axis or not weights[name].numel():
        raise VisavisError(f"these are no TIMAR weights: {name} is missing or too small")
    return weights[name].shape[axis]


def _count(weights: Mapping[str, Tensor], prefix: str) -> int:
    """How many blocks `prefix0.`, `prefix1.`, ... there are."""
    return len({name.removeprefix(prefix).partition(".")[0] for name in weights if name.startswith(prefix)})


def _number(args: Mapping[str, object], name: str, default: float) -> float:
    value = str(args.get(name, default))
    if not re.fullmatch(r"\d+(\.\d+)?(e-?\d+)?", value):
        raise VisavisError(f"the checkpoint's {name} is {value!r}; it must be a number")
    _NUMBERS.require(f"the checkpoint's {name}", float(value))
    return float(value)


def _turns(weights: Mapping[str, Tensor], frames: int) -> int:
    places, tokens = _size(weights, "encoder_pos_embed_learned", 1), 4 * frames + 10
    if places < 1 or places % tokens:
        raise VisavisError(f"the checkpoint has {places} positions, not a multiple of 4 x {frames} + 10 = {tokens}")
    return places // tokens


def _heads(args: Mapping[str, object], name: str, width: int) -> int:
    if name not in args and width not in HEADS and width % HEAD_WIDTH:
        raise VisavisError(f"the checkpoint does not state {name}, and width {width} is no multiple of {HEAD_WIDTH}")
    return int(_number(args, name, HEADS.get(width, width // HEAD_WIDTH)))


def _ratio(hidden: int, width: int) -> float:
    """The ratio with which `int(width * ratio)` is `hidden`."""
    ratio = hidden / width
    return ratio if int(width * ratio) == hidden else math.nextafter(ratio, math.inf)


def _decoder(weights: Mapping[str, Tensor], args: Mapping[str, object]) -> DecoderConfig | None:
    if "decoder_embed.weight" not in weights:
        return None
    width = _size(weights, "decoder_embed.weight", 0)
    return DecoderConfig(width, _count(weights, "decoder_blocks."), _heads(args, "decoder_num_heads", width))
