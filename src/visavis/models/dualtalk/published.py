"""The published checkpoint `DualTalk.pth`: its sizes, its weights under our names, and its count of frames."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from visavis.core.clock import FPS, SAMPLE_RATE
from visavis.core.contract import PublishedModel
from visavis.core.errors import VisavisError, listed
from visavis.core.files import read_json
from visavis.encode.framed import FramedConfig
from visavis.encode.speech import Wav2VecSizes, sizes_from_hub
from visavis.models.dualtalk.model import DualTalk, DualTalkConfig
from visavis.sampling.config import SamplingConfig

_DUALTALK = (
    "joint_encoder.audio_encoder1.feature_projection.projection.weight",
    "joint_encoder.audio_encoder2.feature_projection.projection.weight",
    "joint_encoder.audio_projection.weight",
    "joint_encoder.blendshape_encoder.0.weight",
    "temporal_enhancer.cross_attention.in_proj_weight",
)
_EAR = "joint_encoder.audio_encoder1."
_PROJECTION = "joint_encoder.audio_projection.weight"
_FEEDFORWARD = "interaction_module.interaction_encoder.layers.0.linear1.weight"
_PREDICTOR = "synthesis_module.blendshape_predictor.weight"
_POSITIONS = "encoder.pos_conv_embed.conv.parametrizations.weight.original"
_UNUSED = ".masked_spec_embed"
_CHANNELS_A_HEAD = 64


def what_lacks(found: Mapping[str, Any], path: Path) -> str | None:
    """None for a published DualTalk, else what it is not, and why."""
    del path
    missing = [name for name in _DUALTALK if not isinstance(found.get(name), Tensor)]
    return f"one of DualTalk: it lacks {listed(missing)}" if missing else None


def read_published(found: Mapping[str, Any], path: Path, speech_encoder: str | None) -> PublishedModel:
    """A published DualTalk in our terms; it brings its own ears.

    speech_encoder: a folder whose config.json tells sizes of the ears that their weights do not (None: as published).
    Raises `VisavisError` for ears whose sizes must be told, and for weights of something else.
    """
    del path
    weights = {str(name): tensor for name, tensor in found.items() if isinstance(tensor, Tensor)}
    model = config_from_weights(weights, None if speech_encoder is None else _sizes_in(Path(speech_encoder)))
    return PublishedModel(
        model=model,
        speech=FramedConfig(model.frames_per_turn),
        sampling=SamplingConfig(),
        weights=own_weights(weights),
        space="flame56",
    )


def _sizes_in(folder: Path) -> Wav2VecSizes:
    config = folder / "config.json"
    if not config.is_file():
        raise VisavisError(
            f"{folder} has no config.json; DualTalk brings its own ears, so leave --speech-encoder out, or give the "
            "folder that tells their sizes"
        )
    return sizes_from_hub(read_json(config))


def own_weights(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights that `DualTalk` loads; motion is not normalised in the published model (mean 0, deviation 1)."""
    ours = _renamed(weights)
    channels = len(_needed(ours, [_PREDICTOR])[_PREDICTOR])
    ours.setdefault("motion_mean", torch.zeros(channels))
    ours.setdefault("motion_std", torch.ones(channels))
    return ours


def config_from_weights(weights: Mapping[str, Tensor], ears: Wav2VecSizes | None = None) -> DualTalkConfig:
    """The sizes that published weights have.

    What no shape tells is as published: 4 heads; for the ears, 64 channels a head and the hub's strides. `ears`
    says otherwise. Raises `VisavisError` for weights of something else, and for ears that must be told.
    """
    ours = _needed(_renamed(weights), [_PROJECTION, _FEEDFORWARD, _PREDICTOR])
    if ears is None and any(name.startswith(_EAR) for name in ours):
        ears = _ears({name.removeprefix(_EAR): tensor for name, tensor in ours.items() if name.startswith(_EAR)})
    return DualTalkConfig(
        width=len(ours[_PROJECTION]),
        lstm_layers=_count(r"temporal_enhancer\.temporal_lstm\.weight_ih_l(\d+)", ours),
        encoder_layers=_count(r"interaction_module\.interaction_encoder\.layers\.(\d+)\.", ours),
        decoder_layers=_count(r"synthesis_module\.synthesis_decoder\.layers\.(\d+)\.", ours),
        feedforward=len(ours[_FEEDFORWARD]),
        ears=ears,
    )


def published_frames(samples: int) -> int:
    """How many frames the published model draws over so many samples: ceil(samples / 16000 * 25) in floating point.

    That is one more than there are in places where rounding lifts a whole number: 70,400 samples are 111 frames.
    """
    return math.ceil(samples / SAMPLE_RATE * FPS)


def generate_as_published(model: DualTalk, user_speech: Tensor, user_motion: Tensor, agent_speech: Tensor) -> Tensor:
    """A whole recording as the published model draws it: motion (B, T, D) over `published_frames` of its sound.

    Both voices (B, S), each of zero mean and unit variance, and the user's motion (B, T, D), which may be a few frames
    longer or shorter; the voices are cut to the shorter. Raises `VisavisError` for a model without ears.
    """
    samples = min(user_speech.shape[1], agent_speech.shape[1])
    motion = model.normalise(user_motion)
    drawn = model.recording(user_speech[:, :samples], motion, agent_speech[:, :samples], published_frames(samples))
    return model.denormalise(drawn)


def _ears(ear: Mapping[str, Tensor]) -> Wav2VecSizes:
    layers = _count(r"feature_extractor\.conv_layers\.(\d+)\.", ear)
    kernels = [f"feature_extractor.conv_layers.{layer}.conv.weight" for layer in range(layers)]
    feedforward = "encoder.layers.0.feed_forward.intermediate_dense.weight"
    ear = _needed(ear, [*kernels, feedforward, f"{_POSITIONS}1"])
    hidden, group, positions = ear[f"{_POSITIONS}1"].shape
    if hidden % _CHANNELS_A_HEAD or layers != len(Wav2VecSizes.conv_stride):
        raise VisavisError(
            f"the heads and strides of this checkpoint's ears ({hidden} wide, {layers} convolutions) cannot be told "
            "from its weights; give the config.json of their wav2vec 2.0"
        )
    normed = "feature_extractor.conv_layers.1.layer_norm.weight" in ear
    return Wav2VecSizes(
        hidden_size=hidden,
        num_hidden_layers=_count(r"encoder\.layers\.(\d+)\.", ear),
        num_attention_heads=hidden // _CHANNELS_A_HEAD,
        intermediate_size=len(ear[feedforward]),
        conv_dim=tuple(ear[name].shape[0] for name in kernels),
        conv_kernel=tuple(ear[name].shape[2] for name in kernels),
        conv_bias=kernels[0].replace("weight", "bias") in ear,
        feat_extract_norm="layer" if normed else "group",
        do_stable_layer_norm=normed,
        num_conv_pos_embeddings=positions,
        num_conv_pos_embedding_groups=hidden // group,
    )


def _renamed(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Without what only the ears' own training used; weight normalisation is named in one of two ways."""
    positions = "pos_conv_embed.conv."
    new = f"{positions}parametrizations.weight.original"
    return {
        name.replace(f"{positions}weight_g", f"{new}0").replace(f"{positions}weight_v", f"{new}1"): tensor
        for name, tensor in weights.items()
        if not name.endswith(_UNUSED)
    }


def _needed(weights: Mapping[str, Tensor], names: Iterable[str]) -> Mapping[str, Tensor]:
    missing = [name for name in names if name not in weights]
    if missing:
        raise VisavisError(f"these are not the weights of DualTalk; missing: {', '.join(missing)}")
    return weights


def _count(pattern: str, weights: Mapping[str, Tensor]) -> int:
    return len({found[1] for found in (re.match(pattern, name) for name in weights) if found})
