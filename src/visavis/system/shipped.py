"""The models that ship inside the package, and loading by name, place or address: for use, or to be trained."""

from __future__ import annotations

from pathlib import Path

import torch

from visavis.core.errors import unknown
from visavis.system import DEFAULT_MODEL
from visavis.system.folder import RECIPE, load_folder
from visavis.system.precision import optimised
from visavis.system.published import load_published
from visavis.system.remote import fetched, is_address
from visavis.system.system import System

_MODELS = Path(__file__).parent.parent / "assets" / "models"


def known_models() -> list[str]:
    """Names of the models inside the package."""
    return sorted(path.parent.name for path in _MODELS.glob(f"*/{RECIPE}"))


def folder_of(model: str | Path) -> Path:
    """The folder of a shipped model, by its name, or the one that is given."""
    return _MODELS / str(model) if str(model) in known_models() else Path(model)


def load(
    model: str | Path = DEFAULT_MODEL, speech_encoder: str | None = None, device: str | torch.device = "cpu"
) -> System:
    """A system for use, by the name of a shipped model, from a run or model folder, from TIMAR.pth or DualTalk.pth, or
    from an address with a checksum (`system.remote`).

    It is `system.precision.optimised` in float32, which is equal but for rounding: it gives no gradients, and cannot be
    saved, cast or moved from the device that it is loaded on; for all that there is `load_trainable`.
    speech_encoder: hub name or folder of the wav2vec 2.0 to hear with, for models that hear with one.
    Raises `VisavisError` as `load_trainable` does.
    """
    return optimised(load_trainable(model, speech_encoder).to(device), "float32")


def load_trainable(model: str | Path = DEFAULT_MODEL, speech_encoder: str | None = None) -> System:
    """What `load` loads, as it was trained: to go on training, to save, to move, or to optimise for another precision.

    Raises `VisavisError` for an unknown name (listing the known ones), a place that holds no model, and an address from
    which nothing can be had or something else than its checksum says.
    """
    path = fetched(model) if isinstance(model, str) and is_address(model) else folder_of(model)
    if path.is_dir():
        return load_folder(path, speech_encoder)
    if path.is_file():
        return load_published(path, speech_encoder)
    raise unknown("model", str(model), known_models())
