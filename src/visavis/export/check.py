"""Whether an exported model draws what torch draws: both over the shipped conversation, with the same noise."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from visavis.core.clock import frames_of, samples_in
from visavis.core.motion import Motion
from visavis.data.shipped import shipped_conversation
from visavis.export.manifest import read_manifest, write_manifest
from visavis.export.runner import OnnxModel
from visavis.system.generate import Progress, generate_batch
from visavis.system.request import Request
from visavis.system.system import System

TOLERANCE = 1e-4
"""How far float32 may lie from torch, in any channel of any frame."""


@dataclass(frozen=True)
class Agreement:
    """The largest deviation of any channel in any frame, and the mean one; the share of frames with other labels; how
    much each group deviates at most; and the median time of a call [ms]."""

    seconds: float
    largest: float
    mean: float
    other_labels: float
    groups: dict[str, float]
    call_ms: float


@dataclass(frozen=True, eq=False)
class Conversation:
    """What both are given, by name: sound (S,) and motion (T, D), over the same time."""

    recordings: dict[str, np.ndarray]
    frames: int


@dataclass(frozen=True, eq=False)
class Reference:
    """What torch draws of a conversation with noise (calls, N): motion (P, T, D) and labels (P, T)."""

    conversation: Conversation
    noise: np.ndarray
    motion: np.ndarray
    labels: dict[str, np.ndarray]


def checked(system: System, folder: Path, seconds: float, progress: Progress | None = None) -> dict[str, Agreement]:
    """How near each network in a folder comes to its system, by precision; what was found is noted in manifest.json."""
    manifest = read_manifest(folder)
    known = reference(system, seconds, manifest.noise, progress=progress)
    found = {one.precision: agreement(OnnxModel.open(folder, one.precision), known) for one in manifest.networks}
    noted = (
        replace(one, deviation=found[one.precision].largest, checked_s=found[one.precision].seconds)
        for one in manifest.networks
    )
    write_manifest(replace(manifest, networks=tuple(noted)), folder)
    return found


def real_conversation(system: System, seconds: float) -> Conversation:
    """The shipped conversation, over and over, for so long."""
    shipped = shipped_conversation(system.space)
    frames = frames_of(seconds)
    known = {"user_speech": shipped.user_speech, "agent_speech": shipped.agent_speech}
    recordings = {name: _repeated(sound, samples_in(frames)) for name, sound in known.items()}
    if shipped.user_motion is not None:
        recordings["user_motion"] = _repeated(shipped.user_motion.values, frames)
    names = {one.name for one in system.interface.inputs}
    return Conversation({name: value for name, value in recordings.items() if name in names}, frames)


def reference(
    system: System, seconds: float, noise_values: int, seed: int = 0, progress: Progress | None = None
) -> Reference:
    """What torch draws of the shipped conversation."""
    conversation = real_conversation(system, seconds)
    calls = -(-conversation.frames // system.interface.hop)
    noise = np.random.default_rng(seed).standard_normal((calls, noise_values)).astype(np.float32)
    values = {
        name: Motion(value, system.space) if name == "user_motion" else value
        for name, value in conversation.recordings.items()
    }
    made = generate_batch(system, [Request(values, seed)], _handed_out(noise), progress)[0]
    motion = np.stack([person.values for person in made.samples])
    return Reference(conversation, noise, motion, dict(made.labels))


def agreement(model: OnnxModel, known: Reference) -> Agreement:
    """How near an exported model comes to what torch draws."""
    manifest = model.manifest
    empty = np.zeros((manifest.warm_up, manifest.noise), np.float32)
    rows = iter(np.concatenate([empty, known.noise]))
    stamps: list[float] = []

    def noise(_: int) -> np.ndarray:
        stamps.append(time.perf_counter())
        return next(rows)

    drawn = model.generate(known.conversation.recordings, noise)
    apart = np.abs(drawn.motion - known.motion)
    differing = [np.mean(value != known.labels[name]) for name, value in drawn.labels.items()]
    return Agreement(
        seconds=known.conversation.frames / manifest.fps,
        largest=float(apart.max()),
        mean=float(apart.mean()),
        other_labels=float(max(differing, default=0.0)),
        groups={group.name: float(apart[..., list(group.channels)].max()) for group in manifest.groups},
        call_ms=1000 * float(np.median(np.diff(stamps))),
    )


def _handed_out(noise: np.ndarray) -> Callable[[tuple[int, ...]], Tensor]:
    values, at = torch.from_numpy(noise.reshape(-1)), 0

    def draw(shape: tuple[int, ...]) -> Tensor:
        nonlocal at
        count = int(np.prod(shape))
        at += count
        return values[at - count : at].view(shape)

    return draw


def _repeated(values: np.ndarray, count: int) -> np.ndarray:
    return np.concatenate([values] * (-(-count // len(values))))[:count]
