"""Snapshots: a live session at one moment, as a value and as bytes that another process can go on from.

Bytes are one safetensors file in memory. Its metadata hold the version of the format, what the system is
(`StreamingSystem.fingerprint`), a digest, and the session as JSON; its tensors what is in arrays: the system's states,
in the order of their tensors, input and frames. Nothing of the system's weights is in them. Of the states to go back to
only the first is kept, and those from which on guidance was another: what lies between is drawn once more.

Shapes: S samples, T frames, D motion channels.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
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
from visavis.streaming.pending_step import SETTLED, Checkpoint, sliced, stage
from visavis.streaming.session_state import SessionState
from visavis.streaming.timeline import Piece, Track

VERSION = 1


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Everything about a session at one moment, a value; `now` is its clock [samples], None before the start."""

    state: SessionState
    now: int | None
    system: StreamingSystem[Any]

    def to_bytes(self) -> bytes:
        """The conversation without the system, for `Session.restore` over the same weights, here or elsewhere."""
        state = _thinned(self.state)
        tensors = _tensors_of("state", state.system_state)
        for number, checkpoint in enumerate(state.past):
            tensors |= _tensors_of(f"past.{number}", checkpoint.state)
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
        held = _filled("state", system, fresh, state.drawn.end, tensors)
        past = tuple(
            replace(checkpoint, state=_filled(f"past.{number}", system, fresh, checkpoint.frame, tensors))
            for number, checkpoint in enumerate(state.past)
        )
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise VisavisError("the snapshot does not hold a session; take it again") from error
    return Snapshot(replace(state, system_state=held, past=past), now, system)


def _thinned(state: SessionState) -> SessionState:
    """With as few states and pieces as the same future needs."""
    past = tuple(
        checkpoint
        for number, checkpoint in enumerate(state.past)
        if number == 0 or checkpoint.guidance != state.past[number - 1].guidance
    )
    return replace(state, past=past, tracks=tuple(_in_few_pieces(track) for track in state.tracks))


def _in_few_pieces(track: Track) -> Track:
    """Pieces that follow one another at once as one."""
    runs: list[list[Piece]] = []
    for piece in track.pieces:
        if runs and runs[-1][-1].end == piece.start:
            runs[-1].append(piece)
        else:
            runs.append([piece])
    pieces = (Piece(run[0].start, np.concatenate([piece.items for piece in run])) for run in runs)
    return replace(track, pieces=tuple(pieces))


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
    fits &= frames == sorted(set(frames)) and bool(frames) == (state.drawn.end > 0)
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
