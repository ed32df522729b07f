"""The models that ship inside the package, and loading by name or place."""

from __future__ import annotations

from pathlib import Path

from visavis.core.errors import unknown
from visavis.system import DEFAULT_MODEL
from visavis.system.folder import RECIPE, load_folder
from visavis.system.published import load_published
from visavis.system.system import System

_MODELS = Path(__file__).parent.parent / "assets" / "models"


def known_models() -> list[str]:
    """Names of the models inside the package."""
    return sorted(path.parent.name for path in _MODELS.glob(f"*/{RECIPE}"))


def folder_of(model: str | Path) -> Path:
    """The folder of a shipped model, by its name, or the one that is given."""
    return _MODELS / str(model) if str(model) in known_models() else Path(model)


def load(model: str | Path = DEFAULT_MODEL, speech_encoder: str | None = None) -> System:
    """A system by the name of a shipped model, from a run or model folder, or from TIMAR.pth or DualTalk.pth.

    speech_encoder: hub name or folder of the wav2vec 2.0 to hear with, for models that hear with one.
    Raises `VisavisError` for an unknown name (listing the known ones) or a place that holds no model.
    """
    path = folder_of(model)
    if path.is_dir():
        return load_folder(path, speech_encoder)
    if path.is_file():
        return load_published(path, speech_encoder)
    raise unknown("model", str(model), known_models())
