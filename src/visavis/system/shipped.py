"""The models that ship inside the package, and loading by name or place."""

from __future__ import annotations

from pathlib import Path

from visavis.core.errors import VisavisError, unknown
from visavis.system.folder import RECIPE, load_folder
from visavis.system.system import System

_MODELS = Path(__file__).parent.parent / "assets" / "models"
DEFAULT_MODEL = "timar-small"


def known_models() -> list[str]:
    """Names of the models inside the package."""
    return sorted(path.parent.name for path in _MODELS.glob(f"*/{RECIPE}"))


def load(model: str | Path = DEFAULT_MODEL) -> System:
    """A system by the name of a shipped model, or from a run or model folder.

    Raises `VisavisError` for an unknown name (listing the known ones) or a folder that holds no model.
    """
    if str(model) in known_models():
        return load_folder(_MODELS / str(model))
    path = Path(model)
    if path.is_dir():
        return load_folder(path)
    if path.is_file():
        raise VisavisError(f"{path} is a file; give a folder with {RECIPE}, or one of: {', '.join(known_models())}")
    raise unknown("model", str(model), known_models())
