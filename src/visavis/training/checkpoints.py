"""Checkpoints: one safetensors file each, written whole, flushed to disk and only then given its name.

`RUN/checkpoints/step-00000500.safetensors` holds the tensors `model.*` (trained parameters and buffers), `ema.*`
(averaged parameters) and `optimizer.*`, whole even if training shards weights, and in its header the JSON
entry `progress`. A kill at any moment leaves
the older checkpoints as they were and at most a temporary file, which is never read.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from visavis.core.config import from_dict, to_dict
from visavis.core.errors import VisavisError
from visavis.core.files import parsed_json, written_whole
from visavis.training.ema import Ema, trained_parameters
from visavis.training.optimizer import load_optimizer_tensors, optimizer_tensors
from visavis.training.shards import gathered, shard_like

_NAME = re.compile(r"step-(\d{8,})\.safetensors")


@dataclass(frozen=True)
class Progress:
    """How far a run is: optimiser steps done, seconds spent, and the parts a step's batch was cut into."""

    step: int = 0
    seconds: float = 0.0
    shares: int = 1


@dataclass(frozen=True, eq=False)
class Trained:
    """The three things that change while training."""

    objective: nn.Module
    ema: Ema
    optimizer: torch.optim.Optimizer


def folder_of(out: Path) -> Path:
    """Where a run keeps its checkpoints."""
    return out / "checkpoints"


def checkpoints(out: Path) -> list[Path]:
    """The checkpoints of a run that can be read, oldest first; unfinished and damaged files are passed over."""
    folder = folder_of(out)
    named = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)] if folder.is_dir() else []
    return sorted((path for path in named if _readable(path)), key=_step)


def save(out: Path, trained: Trained, progress: Progress, keep: int, first: bool = True) -> Path:
    """Write a checkpoint and remove all but the newest `keep`; raises `VisavisError` when it cannot be written.

    All processes call it at once, so that shards come together; only the `first` writes.
    """
    path = folder_of(out) / f"step-{progress.step:08d}.safetensors"
    tensors = _model_tensors(trained.objective, "model.")
    tensors |= {f"ema.{name}": tensor for name, tensor in trained.ema.average.items()}
    optimizer = optimizer_tensors(trained.optimizer, trained.objective)
    tensors |= {f"optimizer.{name}": tensor for name, tensor in optimizer.items()}
    tensors = gathered(tensors, first)
    if not first:
        return path
    with written_whole(path) as temporary:
        try:
            save_file(
                {name: tensor.contiguous() for name, tensor in tensors.items()},
                temporary,
                {"progress": json.dumps(to_dict(progress))},
            )
        except SafetensorError as error:
            raise OSError(str(error)) from error
        _flush(temporary)
    _flush(path.parent)
    for old in sorted((p for p in path.parent.iterdir() if _NAME.fullmatch(p.name)), key=_step)[:-keep]:
        old.unlink()
    return path


def restore(path: Path, trained: Trained) -> Progress:
    """Put a checkpoint into objective, averages and optimiser.

    Raises `VisavisError` naming the parameters that differ when the checkpoint is of another model.
    """
    tensors, progress = _read(path)
    _load_model(path, trained.objective, _under("model.", tensors))
    average = _under("ema.", tensors)
    trained.ema.load({name: shard_like(average[name], own) for name, own in trained.ema.average.items()})
    load_optimizer_tensors(trained.optimizer, trained.objective, _under("optimizer.", tensors))
    return progress


def load_averaged(path: Path, objective: nn.Module) -> Progress:
    """Put the averaged weights of a checkpoint, the ones to use, into an objective; says how far the run was."""
    tensors, progress = _read(path)
    _load_model(path, objective, {**_under("model.", tensors), **_under("ema.", tensors)})
    return progress


def sweep(out: Path) -> None:
    """Remove what a killed run left half-written."""
    for leftover in folder_of(out).glob(".step-*.tmp.safetensors"):
        leftover.unlink(missing_ok=True)


def _model_tensors(objective: nn.Module, prefix: str = "") -> dict[str, Tensor]:
    """Trained parameters and persistent buffers; what is frozen belongs to others and is not saved."""
    everything = objective.state_dict(keep_vars=True)
    frozen = {name for name, parameter in objective.named_parameters() if not parameter.requires_grad}
    shared = {name for name, _ in objective.named_parameters(remove_duplicate=False)} - set(
        trained_parameters(objective)
    )
    return {f"{prefix}{name}": tensor for name, tensor in everything.items() if name not in frozen | shared}


@torch.no_grad()
def _load_model(path: Path, objective: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    own = _model_tensors(objective)
    wrong = sorted(
        name
        for name in {*own, *tensors}
        if name not in own or name not in tensors or own[name].shape != tensors[name].shape
    )
    if wrong:
        raise VisavisError(
            f"{path} is of another model: {len(wrong)} tensors differ, the first is {wrong[0]}; "
            "resume with the recipe and version it was trained with"
        )
    for name, tensor in own.items():
        tensor.copy_(shard_like(tensors[name], tensor))


def _read(path: Path) -> tuple[dict[str, Tensor], Progress]:
    try:
        with safe_open(path, framework="pt") as file:
            progress = from_dict(Progress, parsed_json(file.metadata()["progress"]))
            return {name: file.get_tensor(name) for name in file.keys()}, progress  # noqa: SIM118 (not a mapping)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise VisavisError(f"{path} is not a checkpoint of a training run: {error}") from error


def _readable(path: Path) -> bool:
    try:
        with safe_open(path, framework="pt") as file:
            return "progress" in (file.metadata() or {})
    except (OSError, SafetensorError):
        return False


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _step(path: Path) -> int:
    return int(path.stem.removeprefix("step-"))


def _flush(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk."""
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
