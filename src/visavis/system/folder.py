"""Systems on disk: recipe.json and model.safetensors side by side, and speech.safetensors of an encoder of our own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from visavis.core.config import from_dict, to_dict
from visavis.core.errors import VisavisError
from visavis.core.files import read_json, write_json, written_whole
from visavis.core.spaces import space_named
from visavis.encode.phonetic import PhoneticEncoder
from visavis.encode.speech import Wav2VecConfig
from visavis.system.config import SystemConfig
from visavis.system.factory import make_encoder, outline
from visavis.system.official import fill, require_fit
from visavis.system.system import System

RECIPE = "recipe.json"
WEIGHTS = "model.safetensors"
SPEECH = "speech.safetensors"


def save_weights(system: System, folder: Path, half: bool = False) -> None:
    """Write a system's weights into a folder that has a recipe: float32, or matrices in float16 to halve their size.

    They are model.safetensors and, of an encoder that was trained here, speech.safetensors.
    """
    _save(system.model, folder / WEIGHTS, half)
    if isinstance(system.encoder, PhoneticEncoder):
        save_speech(system.encoder, folder, half)


def save_speech(encoder: PhoneticEncoder, folder: Path, half: bool = False) -> None:
    """Write the weights of a speech encoder, speech.safetensors, into a folder that has a recipe."""
    _save(encoder, folder / SPEECH, half)


def load_speech(encoder: PhoneticEncoder, folder: Path) -> None:
    """Give a speech encoder the weights of a folder; raises `VisavisError` where they are missing or do not fit."""
    if not (folder / SPEECH).is_file():
        raise VisavisError(
            f"{folder} holds no trained speech encoder ({SPEECH} is missing); give a model folder that has one, or a "
            f"run of: python -m visavis.training.phonetic DATA --out RUN"
        )
    _fill(encoder, folder / SPEECH)


def save_system(system: System, folder: Path, half: bool = False) -> None:
    """Write a system's recipe.json and weights into a folder."""
    write_json(folder / RECIPE, to_dict(system.config))
    save_weights(system, folder, half)


def load_folder(folder: Path, speech_encoder: str | None = None) -> System:
    """A system from a folder that `save_system` or a training run wrote.

    speech_encoder: another place of its wav2vec 2.0, a hub name or folder.
    Raises `VisavisError` when a file is missing or damaged, or does not fit its recipe.
    """
    recipe, weights = folder / RECIPE, folder / WEIGHTS
    for path in (recipe, weights):
        if not path.is_file():
            raise VisavisError(
                f"{folder} is no model folder: {path.name} is missing; give a run folder or a model's name"
            )
    config = _config(recipe)
    if speech_encoder is not None:
        config = replace(config, speech=_with_source(config, speech_encoder))
    encoder = make_encoder(config)
    shapes = _shapes(weights)
    require_fit(outline(config, encoder.width, space_named(config.space).width), shapes, str(weights))
    system = System(config, encoder)
    _fill(system.model, weights)
    if isinstance(system.encoder, PhoneticEncoder):
        load_speech(system.encoder, folder)
    return system.eval()


def _config(recipe: Path) -> SystemConfig:
    """The config in a model's recipe, or in that of a training run."""
    data = read_json(recipe)
    try:
        return from_dict(SystemConfig, data["system"], "system.") if "system" in data else from_dict(SystemConfig, data)
    except VisavisError as error:
        raise VisavisError(f"{recipe}: {error}") from error


def _with_source(config: SystemConfig, speech_encoder: str) -> Wav2VecConfig:
    if not isinstance(config.speech, Wav2VecConfig):
        raise VisavisError(f"{config.name} brings its own speech encoder; leave --speech-encoder {speech_encoder} out")
    return replace(config.speech, source=speech_encoder)


def _save(network: nn.Module, path: Path, half: bool) -> None:
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    if half:
        matrices = {name for name, parameter in network.named_parameters() if parameter.dim() > 1}
        tensors = {name: tensor.half() if name in matrices else tensor for name, tensor in tensors.items()}
    with written_whole(path) as place:
        save_file(tensors, place)


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """The shapes of the tensors of a file, without reading them."""
    try:
        with safe_open(path, framework="pt") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise VisavisError(f"{path} is damaged: {error}") from error


def _fill(network: nn.Module, path: Path) -> None:
    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise VisavisError(f"{path} is damaged: {error}") from error
    fill(network, {name: tensor.float() for name, tensor in tensors.items()}, str(path))
