"""The wav2vec 2.0 speech encoder, turn by turn as TIMAR uses it; the one door to transformers.

Shapes: B conversations, S samples, T frames, P turns, F frames a turn, R rows, E features a frame.
"""

from __future__ import annotations

import dataclasses
import logging
import pickle
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from visavis.core.bounds import Depth, Size, require_bounds
from visavis.core.config import from_dict
from visavis.core.errors import VisavisError, missing_extra
from visavis.encode.normalise import RunningLevel, VoiceNormaliser

PUBLISHED = "facebook/wav2vec2-large-960h-lv60-self"
"""The hub name of the speech encoder that TIMAR was trained with."""
HUB_MODELS = {768: "facebook/wav2vec2-base-960h", 1024: PUBLISHED}
"""Hub names of usual speech encoders, by how many features a frame they give."""

_ROWS_AT_ONCE = 64
_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
_UNUSED = "masked_spec_embed"


@dataclass(frozen=True)
class Wav2VecConfig:
    """source: a hub name, or a folder in the hub's format. frames_per_turn: length of a turn (published: 25 = 1 s).

    normalise: over the whole "recording" beforehand (published), or "running", for live use.
    """

    tag: ClassVar[str] = "wav2vec"

    source: str = PUBLISHED
    frames_per_turn: Size = 25
    normalise: Literal["recording", "running"] = "recording"

    def __post_init__(self) -> None:
        require_bounds(self)

    @property
    def frames_at_once(self) -> int:
        """Frames that are heard by themselves: whole turns."""
        return self.frames_per_turn


@dataclass(frozen=True)
class Wav2VecSizes:
    """The shape of a wav2vec 2.0 network, in the words of the hub's config.json; as published by default."""

    hidden_size: Size = 1024
    num_hidden_layers: Depth = 24
    num_attention_heads: Depth = 16
    intermediate_size: Size = 4096
    conv_dim: tuple[Size, ...] = (512, 512, 512, 512, 512, 512, 512)
    conv_kernel: tuple[Depth, ...] = (10, 3, 3, 3, 3, 2, 2)
    conv_stride: tuple[Depth, ...] = (5, 2, 2, 2, 2, 2, 2)
    conv_bias: bool = True
    feat_extract_norm: Literal["layer", "group"] = "layer"
    do_stable_layer_norm: bool = True
    num_conv_pos_embeddings: Size = 128
    num_conv_pos_embedding_groups: Size = 16

    def __post_init__(self) -> None:
        require_bounds(self)


class Wav2VecEncoder(nn.Module):
    """Sound (B, T * 640) -> features (B, T, E) of a frozen wav2vec 2.0 network that hears each turn by itself.

    Nothing after a turn's end is used for it, except through `prepared`, with which the published models were fed.
    Gradients reach the sound, never the weights. Source: TIMAR, speech tokens.
    network: of `make_network`; None: the config's source, which raises `VisavisError` when it is no wav2vec 2.0.
    """

    def __init__(self, config: Wav2VecConfig, network: nn.Module | None = None) -> None:
        super().__init__()
        self.config = config
        self.network = (load_network(config.source) if network is None else network).requires_grad_(False).eval()
        self.normaliser = VoiceNormaliser(config.normalise, config.frames_per_turn)
        self.width: int = sizes_of(self.network).hidden_size

    def train(self, mode: bool = True) -> Wav2VecEncoder:
        """The network stays as it is for use: without dropout."""
        super().train(mode)
        self.network.eval()
        return self

    def prepared(self, recording: Tensor) -> Tensor:
        """A whole recording (S,) at 16 kHz as `encode` wants it."""
        return self.normaliser.prepared(recording)

    def init_state(self, batch: int) -> RunningLevel:
        """The state before any sound."""
        return self.normaliser.init_state(batch)

    def encode(self, sound: Tensor, state: RunningLevel) -> tuple[Tensor, RunningLevel]:
        """Features of whole turns of sound (B, T * 640), and the state after them."""
        turns, level = self.normaliser.turns(sound, state)
        frames = self.config.frames_per_turn
        rows = turns.flatten(0, 1).split(_ROWS_AT_ONCE)
        with torch.autocast(sound.device.type, enabled=False):
            features = torch.cat([wav2vec_features(self.network, some, frames) for some in rows])
        return features.unflatten(0, turns.shape[:2]).flatten(1, 2), level


def wav2vec_features(network: nn.Module, sound: Tensor, frames: int) -> Tensor:
    """Normalised sound (R, S) -> `frames` features each (R, frames, E), by a network of `make_network`.

    The convolutions' output is stretched to the frames before the transformer layers see it.
    """
    parts: Any = network
    extracted = parts.feature_extractor(sound)
    extracted = nn.functional.interpolate(extracted, size=frames, mode="linear", align_corners=True)
    projected, _ = parts.feature_projection(extracted.transpose(1, 2))
    features: Tensor = parts.encoder(projected).last_hidden_state
    return features


def make_network(sizes: Wav2VecSizes) -> nn.Module:
    """A wav2vec 2.0 network with fresh weights; its convolutions are frozen, as DualTalk trains its ears."""
    transformers = _transformers()
    config = transformers.Wav2Vec2Config(**dataclasses.asdict(sizes), mask_time_prob=0.0)
    with _quiet(transformers):
        network = transformers.Wav2Vec2Model(config)
    network.freeze_feature_encoder()
    made: nn.Module = network
    return made


def load_network(source: str) -> nn.Module:
    """The wav2vec 2.0 network of a folder or of the hub (of its cache first), in float32; no code of it is run.

    Raises `VisavisError` when it is not to be had, is something else, or misses weights.
    """
    transformers = _transformers()
    folder = Path(source).expanduser()
    if not folder.is_dir() and not _HUB_NAME.fullmatch(source):
        raise _unusable(source, "there is no such folder")
    try:
        with _quiet(transformers):
            if folder.is_dir():
                return _read(transformers, source, str(folder), local=True)
            try:
                return _read(transformers, source, source, local=True)
            except OSError:
                return _read(transformers, source, source, local=False)
    except VisavisError:
        raise
    except pickle.UnpicklingError as error:
        raise _unusable(source, "its weights are damaged, or hold more than weights, which is refused") from error
    except Exception as error:
        raise _unusable(source, str(error).strip().partition("\n")[0].rstrip(".:")) from error


def _read(transformers: Any, source: str, place: str, local: bool) -> nn.Module:
    told = transformers.PretrainedConfig.get_config_dict(place, local_files_only=local)[0]
    if not told:
        raise _unusable(source, "it has no config.json")
    kind = told.get("model_type")
    if kind != "wav2vec2":
        raise _unusable(source, f"its config.json describes a model of type {kind!r}, not 'wav2vec2'")
    network, found = transformers.Wav2Vec2Model.from_pretrained(
        place,
        local_files_only=local,
        dtype=torch.float32,
        weights_only=True,
        ignore_mismatched_sizes=True,
        output_loading_info=True,
    )
    unfit = sorted(set(found["missing_keys"]) - {_UNUSED}) + sorted(key[0] for key in found["mismatched_keys"])
    if unfit:
        raise _unusable(source, f"its weights do not fit its config.json: {len(unfit)} tensors, first {unfit[0]}")
    loaded: nn.Module = network
    return loaded


def sizes_of(network: nn.Module) -> Wav2VecSizes:
    """The shape of a network of `make_network` or `load_network`."""
    return _sizes(network.config)


def sizes_from_hub(config: Mapping[str, Any]) -> Wav2VecSizes:
    """The shape that a config.json in the hub's format describes; what it leaves out is as the hub has it."""
    return _sizes(_transformers().Wav2Vec2Config(**config))


def _sizes(config: Any) -> Wav2VecSizes:
    return from_dict(
        Wav2VecSizes, {field.name: getattr(config, field.name) for field in dataclasses.fields(Wav2VecSizes)}
    )


def _unusable(source: str, reason: str) -> VisavisError:
    return VisavisError(
        f"speech encoder {source!r} cannot be used: {reason}; give a folder with a wav2vec 2.0 model "
        f"(config.json and weights), or a hub name like {PUBLISHED}"
    )


def _transformers() -> Any:
    try:
        import transformers
    except ImportError as error:
        raise missing_extra("transformers", "speech", "the wav2vec 2.0 speech encoder") from error
    return transformers


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """Nothing is printed while models load; the settings of before come back."""
    loggers = [logging.getLogger(name) for name in ("transformers", "huggingface_hub")]
    levels = [logger.level for logger in loggers]
    progress = transformers.utils.logging
    bars = progress.is_progress_bar_enabled()
    progress.disable_progress_bar()
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if bars:
            progress.enable_progress_bar()
