"""Published checkpoints: reading their files safely, telling whose they are, and filling models with their weights."""

from __future__ import annotations

import argparse
import re
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from visavis.core.contract import Published
from visavis.core.errors import VisavisError, listed
from visavis.encode.speech import HUB_MODELS
from visavis.system.specs import known_specs


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The content of a published checkpoint, and the format that it is in."""

    format: Published
    content: Mapping[str, Any]


def read_official(path: Path) -> Checkpoint:
    """A published checkpoint of any model that is known.

    Nothing in the file is run: it may hold tensors, plain values and an argparse.Namespace. Raises `VisavisError` for
    a file that wants more, that is damaged, or that holds something else.
    """
    found = _load(path)
    if not isinstance(found, Mapping):
        raise VisavisError(f"{path} holds no weights but {type(found).__name__}; {_give()}")
    reasons = []
    for format_ in _formats():
        reason = format_.lacks(found, path)
        if reason is None:
            return Checkpoint(format_, found)
        reasons.append(reason)
    raise VisavisError(f"{path} is neither {' nor '.join(reasons)}")


def _formats() -> list[Published]:
    return [spec.published for spec in known_specs() if spec.published is not None]


def _give() -> str:
    return "give " + " or ".join(f"a {format_.file}" for format_ in _formats())


def fill(model: nn.Module, weights: Mapping[str, Tensor], source: str) -> None:
    """Put weights into a model; raises `VisavisError` naming the tensors that differ, and where they are from."""
    require_fit(model, {name: tuple(tensor.shape) for name, tensor in weights.items()}, source)
    model.load_state_dict(weights)


def require_fit(model: nn.Module, shapes: Mapping[str, tuple[int, ...]], source: str) -> None:
    """Raises `VisavisError` where weights of these shapes are not those of a model, as `fill`."""
    own = model.state_dict()
    missing, strange = sorted(own.keys() - shapes.keys()), sorted(shapes.keys() - own.keys())
    if missing or strange:
        raise VisavisError(f"{source} does not fit; missing: {listed(missing)}; unknown: {listed(strange)}")
    for name, shape in shapes.items():
        if shape != tuple(own[name].shape):
            raise VisavisError(f"{source} does not fit: {name} is {shape}, its model needs {tuple(own[name].shape)}")


def require_speech_width(needed: int, given: int) -> None:
    """Raises `VisavisError` when a speech encoder's width is not what the weights need, saying which encoder fits."""
    if needed != given:
        fitting = HUB_MODELS.get(needed, f"a wav2vec 2.0 model with hidden size {needed}")
        raise VisavisError(
            f"the speech encoder gives {given} features a frame, these weights need {needed}; use {fitting}"
        )


def _load(path: Path) -> object:
    if not path.is_file():
        raise VisavisError(f"{path} is no file; {_give()}")
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
