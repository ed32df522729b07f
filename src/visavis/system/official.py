"""The published checkpoints, TIMAR.pth and DualTalk.pth: reading them safely, and TIMAR's weights in our form."""

from __future__ import annotations

import argparse
import math
import re
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from visavis.core.errors import VisavisError
from visavis.encode.speech import PUBLISHED
from visavis.models.timar.model import DecoderConfig, TimarConfig

HEADS = {768: 12, 1024: 16, 1280: 16}
HEAD_WIDTH = 64
HUB_MODELS = {768: "facebook/wav2vec2-base-960h", 1024: PUBLISHED}

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
_DUALTALK = (
    "joint_encoder.audio_encoder1.feature_projection.projection.weight",
    "joint_encoder.audio_encoder2.feature_projection.projection.weight",
    "joint_encoder.audio_projection.weight",
    "joint_encoder.blendshape_encoder.0.weight",
    "temporal_enhancer.cross_attention.in_proj_weight",
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


@dataclass(frozen=True, eq=False)
class DualTalkCheckpoint:
    """A published DualTalk: its weights by their published names."""

    weights: Mapping[str, Tensor]


def read_official(path: Path) -> TimarCheckpoint | DualTalkCheckpoint:
    """A published checkpoint.

    Nothing in the file is run: it may hold tensors, plain values and an argparse.Namespace. Raises `VisavisError` for
    a file that wants more, that is damaged, or that holds something else.
    """
    found = _load(path)
    if not isinstance(found, Mapping):
        raise VisavisError(f"{path} holds no weights but {type(found).__name__}; give a TIMAR.pth or a DualTalk.pth")
    if "model_ema" in found:
        _require(_tensors(found["model_ema"], path), _TIMAR, f"{path} is no TIMAR checkpoint: its model_ema")
        args = found.get("args")
        return TimarCheckpoint(found["model_ema"], vars(args) if isinstance(args, argparse.Namespace) else {})
    weights = {str(name): tensor for name, tensor in found.items() if isinstance(tensor, Tensor)}
    kind = f"{path} is neither a TIMAR checkpoint (model_ema is missing) nor one of DualTalk: it"
    _require(weights, _DUALTALK, kind)
    return DualTalkCheckpoint(weights)


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


def fill(model: nn.Module, weights: Mapping[str, Tensor], source: str) -> None:
    """Put weights into a model; raises `VisavisError` naming the tensors that differ, and where they are from."""
    own = model.state_dict()
    missing, strange = sorted(own.keys() - weights.keys()), sorted(weights.keys() - own.keys())
    if missing or strange:
        raise VisavisError(f"{source} does not fit; missing: {_listed(missing)}; unknown: {_listed(strange)}")
    for name, tensor in weights.items():
        if tensor.shape != own[name].shape:
            raise VisavisError(
                f"{source} does not fit: {name} is {tuple(tensor.shape)}, its model needs {tuple(own[name].shape)}"
            )
    model.load_state_dict(weights)


def require_speech_width(needed: int, given: int) -> None:
    """Raises `VisavisError` when a speech encoder's width is not what the weights need, saying which encoder fits."""
    if needed != given:
        fitting = HUB_MODELS.get(needed, f"a wav2vec 2.0 model with hidden size {needed}")
        raise VisavisError(
            f"the speech encoder gives {given} features a frame, these weights need {needed}; use {fitting}"
        )


def _load(path: Path) -> object:
    if not path.is_file():
        raise VisavisError(f"{path} is no file; give a TIMAR.pth or a DualTalk.pth")
    try:
        with torch.serialization.safe_globals([argparse.Namespace]), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except Exception as error:
        wanted = re.search(r"GLOBAL ([\w.]+)", str(error))
        if wanted:
            raise VisavisError(
                f"{path} is refused: it wants to run {wanted[1]}; a checkpoint may hold tensors and argparse.Namespace"
            ) from error
        raise VisavisError(f"{path} is damaged or no checkpoint; download it again, or give another file") from error


def _tensors(found: object, path: Path) -> Mapping[str, Tensor]:
    if not isinstance(found, Mapping) or not all(isinstance(tensor, Tensor) for tensor in found.values()):
        raise VisavisError(f"{path} is no TIMAR checkpoint: its model_ema holds more than tensors")
    return found


def _require(weights: Mapping[str, Tensor], names: Iterable[str], kind: str) -> None:
    missing = [name for name in names if name not in weights]
    if missing:
        raise VisavisError(f"{kind} lacks {_listed(missing)}")


def _listed(names: list[str]) -> str:
    return (", ".join(names[:5]) or "none") + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _renamed(name: str) -> str:
    for old, new in _RENAMED.items():
        if name.startswith(old):
            return new + name.removeprefix(old)
    return name


def _size(weights: Mapping[str, Tensor], name: str, axis: int) -> int:
    if name not in weights or weights[name].dim() <= axis:
        raise VisavisError(f"these are no TIMAR weights: {name} is missing or too small")
    return weights[name].shape[axis]


def _count(weights: Mapping[str, Tensor], prefix: str) -> int:
    """How many blocks `prefix0.`, `prefix1.`, ... there are."""
    return len({name.removeprefix(prefix).partition(".")[0] for name in weights if name.startswith(prefix)})


def _number(args: Mapping[str, object], name: str, default: float) -> float:
    value = str(args.get(name, default))
    if not re.fullmatch(r"\d+(\.\d+)?(e-?\d+)?", value):
        raise VisavisError(f"the checkpoint's {name} is {value!r}; it must be a number")
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
