"""Published checkpoints as systems: the weights, and around them what they were trained with."""

from __future__ import annotations

import json
from pathlib import Path

from torch import Tensor

from visavis.core.errors import VisavisError
from visavis.encode.framed import FramedConfig
from visavis.encode.speech import Wav2VecConfig, Wav2VecSizes, sizes_from_hub
from visavis.models.dualtalk.published import config_from_weights, own_weights
from visavis.sampling.config import SamplingConfig
from visavis.system.config import SystemConfig
from visavis.system.official import (
    HUB_MODELS,
    DualTalkCheckpoint,
    TimarCheckpoint,
    fill,
    read_official,
    rename_timar,
    require_speech_width,
    timar_config,
)
from visavis.system.system import System

_SPACE = "flame56"


def load_published(path: Path, speech_encoder: str | None = None) -> System:
    """TIMAR.pth or DualTalk.pth as a system in flame56.

    speech_encoder: the wav2vec 2.0 that TIMAR hears with, a hub name or a folder (None: the hub's of fitting width).
    DualTalk brings its own; there it is a folder whose config.json tells sizes that the weights do not.
    Raises `VisavisError` for anything else than such a checkpoint, and for a speech encoder that does not fit.
    """
    checkpoint = read_official(path)
    if isinstance(checkpoint, TimarCheckpoint):
        return _timar(checkpoint, path, speech_encoder)
    return _dualtalk(checkpoint, path, speech_encoder)


def _timar(checkpoint: TimarCheckpoint, path: Path, speech_encoder: str | None) -> System:
    model = timar_config(checkpoint.weights, checkpoint.args)
    width = checkpoint.speech_width
    if speech_encoder is None and width not in HUB_MODELS:
        raise VisavisError(f"{path} needs a speech encoder with {width} features a frame; give --speech-encoder DIR")
    speech = Wav2VecConfig(speech_encoder or HUB_MODELS[width], model.frames_per_turn)
    config = SystemConfig(path.stem, _SPACE, speech, model, sampling=SamplingConfig(steps=checkpoint.steps))
    system = System(config)
    require_speech_width(width, system.encoder.width)
    return _filled(system, rename_timar(checkpoint.weights), path, checkpoint.channels)


def _dualtalk(checkpoint: DualTalkCheckpoint, path: Path, speech_encoder: str | None) -> System:
    ears = None if speech_encoder is None else _sizes(Path(speech_encoder))
    model = config_from_weights(checkpoint.weights, ears)
    system = System(SystemConfig(path.stem, _SPACE, FramedConfig(model.frames_per_turn), model))
    weights = own_weights(checkpoint.weights)
    return _filled(system, weights, path, len(weights["motion_mean"]))


def _filled(system: System, weights: dict[str, Tensor], path: Path, channels: int) -> System:
    if channels != system.space.width:
        raise VisavisError(f"{path} speaks {channels} channels; published models speak {_SPACE}, {system.space.width}")
    fill(system.model, weights, str(path))
    return system.eval()


def _sizes(folder: Path) -> Wav2VecSizes:
    told = folder / "config.json"
    if not told.is_file():
        raise VisavisError(
            f"{folder} has no config.json; DualTalk brings its own ears, so leave --speech-encoder out, or give the "
            "folder that tells their sizes"
        )
    return sizes_from_hub(json.loads(told.read_text()))
