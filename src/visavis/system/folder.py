"""Systems on disk: recipe.json and model.safetensors side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from visavis.core.config import from_dict, to_dict
from visavis.core.errors import VisavisError
from visavis.core.files import read_json, write_json, written_whole
from visavis.encode.speech import Wav2VecConfig
from visavis.system.config import SystemConfig
from visavis.system.official import fill
from visavis.system.system import System

RECIPE = "recipe.json"
WEIGHTS = "model.safetensors"


def save_weights(system: System, folder: Path, half: bool = False) -> None:
    """Write model.safetensors (float32, or matrices in float16 to halve its size) into a folder that has a recipe."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in system.model.state_dict().items()}
    if half:
        matrices = {name for name, parameter in system.model.named_parameters() if parameter.dim() > 1}
        tensors = {name: tensor.half() if name in matrices else tensor for name, tensor in tensors.items()}
    with written_whole(folder / WEIGHTS) as path:
        save_file(tensors, path)


def save_system(system: System, folder: Path, half: bool = False) -> None:
    """Write a system's recipe.json and model.safetensors into a folder."""
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
    data = read_json(recipe)
    config = from_dict(SystemConfig, data.get("system", data))
    if speech_encoder is not None:
        config = replace(config, speech=_heard_with(config, speech_encoder))
    try:
        tensors = load_file(weights)
    except SafetensorError as error:
        raise VisavisError(f"{weights} is damaged: {error}") from error
    system = System(config)
    fill(system.model, {name: tensor.float() for name, tensor in tensors.items()}, str(weights))
    return system.eval()


def _heard_with(config: SystemConfig, speech_encoder: str) -> Wav2VecConfig:
    if not isinstance(config.speech, Wav2VecConfig):
        raise VisavisError(f"{config.name} brings its own speech encoder; leave --speech-encoder {speech_encoder} out")
    return replace(config.speech, source=speech_encoder)
