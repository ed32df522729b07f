"""Snapshots: a live session at one moment, as a value and as bytes that another process can go on from.

Bytes are one safetensors file in memory. Its metadata hold the version of the format, what the system is
(`StreamingSystem.fingerprint`), a digest, and the session as JSON; its tensors what is in arrays: a state of the
system, in the order of its tensors, input and frames. Nothing of the system's weights is in them. Of all states one is
kept, the first that an interruption can go back to: the others are drawn from there, of the input that came since.

Shapes: S samples, T frames, D motion channels.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from visavis.core.contract import StreamingSystem
from visavis.core.errors import VisavisError
from visavis.core.state import mapped
from visavis.core.steps import Chunk
from visavis.streaming.group import chunk_of
from visavis.streaming.pending_step import SETTLED, Checkpoint, sliced, stage
from visavis.streaming.session_state import SessionState, last_until
from visavis.streaming.slots import Row

VERSION = 3


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Everything about a session at one moment, a value; `now` is its clock [samples], None before the start."""

    state: SessionState
    now: int | None
    system: StreamingSystem[Any]

    def to_bytes(self) -> bytes:
        """The conversation without the system, for `Session.restore` over the same weights, here or elsewhere."""
        state = _thinned(self.state, self.system)
        tensors = _tensors_of("state", state.past[0].held if state.past else state.system_state)
        record = _packed({"now": self.now, "state": state}, "", tensors)
        text = json.dumps(record, allow_nan=False)
        header = {"version": str(VERSION), "system": self.system.fingerprint, "session": text}
        return save(tensors, {**header, "digest": _digest(header, tensors)})


def from_bytes(data: bytes, system: StreamingSystem[Any], fresh: SessionState) -> Snapshot:
    """What `to_bytes` gave, over a system of the same weights and options; `fresh` is a session's first state.

    Raises `VisavisError` for bytes that are damaged, of another version, or of another system.
    """
    try:
        length = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + length])["__metadata__"]
        version, fingerprint, digest = header["version"], header["system"], header.pop("digest")
        tensors = load(data)
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise VisavisError(
            "the snapshot is damaged, or none; take it again with session.snapshot().to_bytes()"
        ) from error
    if version != str(VERSION):
        raise VisavisError(f"the snapshot is of version {version!s:.20}, this visavis reads version {VERSION}")
    if digest != _digest(header, tensors):
        raise VisavisError("the snapshot is damaged: what it holds is not what was written; take it again")
    if fingerprint != system.fingerprint:
        raise VisavisError("the snapshot belongs to another system; restore it in a session over that one")
    try:
        record = json.loads(header["session"])
        state = _unpacked(SessionState, record["state"], tensors)
        now = _unpacked(int | None, record["now"], tensors)
        _require_fits(state, fresh)
        kept = _filled("state", system, fresh, state.past[0].frame if state.past else 0, tensors)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise VisavisError("the snapshot does not hold a session; take it again") from error
    return Snapshot(_redrawn(state, kept, system), now, system)


def _thinned(state: SessionState, system: StreamingSystem[Any]) -> SessionState:
    """With one state, as little input as the same future needs, and checkpoints only where guidance changes."""
    if state.past:
        begin = min(state.reach, state.drawn.end)
        number = last_until(state.past, begin)
        first = Checkpoint(begin, Row(_state_before(begin, state, system), 0), state.past[number].guidance)
        later = [
            one for at, one in enumerate(state.past) if one.frame > begin and last_until(state.past, one.frame) == at
        ]
        changes = [one for before, one in zip([first, *later], later, strict=False) if one.guidance != before.guidance]
        state = state.going_back_to((first, *changes))
    begin = state.past[0].frame if state.past else 0
    last = math.inf if state.ended is None else state.ended - 1
    tracks = tuple(track.trimmed(int(max(0, min(track.given_before(begin), last)))) for track in state.tracks)
    return replace(state, tracks=tracks)


def _redrawn(state: SessionState, kept: Any, system: StreamingSystem[Any]) -> SessionState:
    """With all its states, of which that at the first checkpoint was kept, or the first of all."""
    if not state.past:
        return replace(state, system_state=kept)
    state = replace(state, past=(replace(state.past[0], state=Row(kept, 0)), *state.past[1:]))
    for number, checkpoint in enumerate(state.past[1:], 1):
        before = replace(state, past=state.past[:number])
        there = replace(checkpoint, state=Row(_state_before(checkpoint.frame, before, system), 0))
        state = replace(state, past=(*state.past[:number], there, *state.past[number + 1 :]))
    return replace(state, system_state=_state_before(state.drawn.end, state, system))


def _state_before(frame: int, session: SessionState, system: StreamingSystem[Any]) -> Any:
    """The system's state before the step that draws from a frame on: that of the last checkpoint before it after the
    steps in between, which are drawn once more from what they were given."""
    checkpoint = session.past[last_until(session.past, frame)]
    held, guidance = checkpoint.held, system.guidance if checkpoint.guidance is None else checkpoint.guidance
    for first in range(checkpoint.frame, frame, session.hop):
        inputs = {track.name: sliced(track, first, first + session.hop, session.ended) for track in session.tracks}
        _, held = system.step(chunk_of([inputs], [guidance], system.guidance), held)
    return held


def _tensors_of(name: str, state: Any) -> dict[str, Tensor]:
    """A state's tensors by their place in it."""
    found: list[Tensor] = []

    def noted(tensor: Tensor) -> Tensor:
        found.append(tensor)
        return tensor

    mapped(noted, state)
    return {f"{name}.{number}": tensor.detach().cpu().contiguous().clone() for number, tensor in enumerate(found)}


def _filled(
    name: str, system: StreamingSystem[Any], fresh: SessionState, first: int, tensors: dict[str, Tensor]
) -> Any:
    """A state as it is before the step that draws from the frame `first` on, of the tensors of that name."""
    places = iter(range(len(tensors)))

    def placed(like: Tensor) -> Tensor:
        value = tensors[f"{name}.{next(places)}"]
        if value.shape != like.shape or value.dtype != like.dtype:
            raise ValueError("a state of another shape")
        return value.to(like.device)

    return mapped(placed, _like(system, fresh, first))


def _like(system: StreamingSystem[Any], fresh: SessionState, first: int) -> Any:
    """A state of the shape that states have before the step that draws from the frame `first` on."""
    state, frame = fresh.system_state, 0
    while frame < first and stage(fresh.tracks, frame) != SETTLED:
        given = {track.name: sliced(track, frame, frame + fresh.hop, None) for track in fresh.tracks}
        _, state = system.step(Chunk({name: torch.from_numpy(one.values)[None] for name, one in given.items()}), state)
        frame += fresh.hop
    return state


def _require_fits(state: SessionState, fresh: SessionState) -> None:
    """Raises `ValueError` for a session that is none of this system's."""
    kinds = [(track.spec, track.width, track.own) for track in fresh.tracks]
    fits = state.hop == fresh.hop and [(track.spec, track.width, track.own) for track in state.tracks] == kinds
    for strip in (state.drawn, state.shown, *state.ready):
        fits &= strip.values.shape[1:] == fresh.drawn.values.shape[1:] and strip.values.dtype == np.float32
        fits &= strip.labels.keys() == fresh.drawn.labels.keys()
        fits &= all(label.shape == (len(strip.values),) for label in strip.labels.values())
    for track in state.tracks:
        fits &= all(piece.items.shape[1:] == track.width and piece.items.dtype == np.float32 for piece in track.pieces)
    frames = [checkpoint.frame for checkpoint in state.past]
    fits &= frames == sorted(set(frames)) and (bool(frames) or state.drawn.end == 0)
    fits &= all(0 <= frame <= state.drawn.end and frame % state.hop == 0 for frame in (*frames, state.drawn.end))
    if not fits:
        raise ValueError("a session of another kind")


def _digest(header: Mapping[str, str], tensors: Mapping[str, Tensor]) -> str:
    found = hashlib.sha256(json.dumps(dict(sorted(header.items()))).encode())
    for name in sorted(tensors):
        found.update(f"{name} {tensors[name].dtype} {tuple(tensors[name].shape)}".encode())
        found.update(tensors[name].contiguous().view(torch.uint8).numpy().tobytes() if tensors[name].numel() else b"")
    return found.hexdigest()


def _packed(value: Any, path: str, tensors: dict[str, Tensor]) -> Any:
    """A value as JSON; arrays go to `tensors`, sound of 16 bits as such; states are left out."""
    if isinstance(value, np.ndarray):
        tensors[path] = torch.from_numpy(np.ascontiguousarray(_shortened(value)).copy())
        return path
    if isinstance(value, Mapping):
        return {name: _packed(one, f"{path}/{name}", tensors) for name, one in value.items()}
    if isinstance(value, tuple):
        return [_packed(one, f"{path}/{number}", tensors) for number, one in enumerate(value)]
    if dataclasses.is_dataclass(value):
        left_out = (
            "system_state" if isinstance(value, SessionState) else "state" if isinstance(value, Checkpoint) else ""
        )
        names = [field.name for field in dataclasses.fields(value)]
        return {
            name: None if name == left_out else _packed(getattr(value, name), f"{path}/{name}", tensors)
            for name in names
        }
    return value.item() if isinstance(value, np.generic) else value


def _shortened(value: np.ndarray) -> np.ndarray:
    """Sound (S,) that was 16-bit numbers as these again; everything else as it is."""
    if value.ndim != 1 or value.dtype != np.float32 or not len(value):
        return value
    whole = value.astype(np.float64) * 32768
    fits = np.abs(whole).max() <= 32767 and bool(np.all(whole == np.round(whole)))
    return whole.astype(np.int16) if fits else value


def _unpacked(hint: Any, data: Any, tensors: Mapping[str, Tensor]) -> Any:
    """The value of a type that `_packed` made JSON of. Raises `ValueError`, `TypeError` or `KeyError` for another."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return None
    if hint is np.ndarray or origin is np.ndarray:
        array = tensors[data].numpy()
        return array.astype(np.float32) / np.float32(32768) if array.dtype == np.int16 else array
    if NoneType in inner:
        return None if data is None else _unpacked(next(one for one in inner if one is not NoneType), data, tensors)
    if origin is tuple:
        return tuple(_unpacked(inner[0], one, tensors) for one in data)
    if origin is Literal and data in inner:
        return data
    if origin is not None and issubclass(origin, Mapping):
        return {name: _unpacked(inner[1], one, tensors) for name, one in data.items()}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        hints = get_type_hints(hint)
        if data.keys() != {field.name for field in dataclasses.fields(hint)}:
            raise ValueError(f"no {hint.__name__}")
        return hint(**{name: _unpacked(hints[name], one, tensors) for name, one in data.items()})
    if (hint is float and type(data) is int) or type(data) is hint:
        return hint(data)
    raise ValueError(f"no {hint}")
