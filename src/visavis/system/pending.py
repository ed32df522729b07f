"""Input buffers of a model: chunks of any size go in, what each step is given comes out.

Shapes: B conversations, T frames, S samples, E speech features a frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import torch
from torch import Tensor

from visavis.core.clock import frames_in, samples_in
from visavis.core.contract import InputSpec, Interface
from visavis.core.errors import VisavisError
from visavis.core.protocols import SpeechEncoder
from visavis.core.state import concat_rows, mapped
from visavis.core.steps import Chunk, StepInput

_MANY = 64
"""Conversations from which joining their voices costs more than it saves."""


@dataclass(frozen=True)
class Pending:
    """The buffer of one input.

    `arrived` is what no step has taken yet, sound (B, S) or numbers (B, T, width), `known` (B, T) bool where it is
    known; `window` (B, T, E or width) is what the next step is given again, `window_known` likewise.
    """

    arrived: Tensor
    known: Tensor
    window: Tensor
    window_known: Tensor


def no_input(interface: Interface, widths: Mapping[str, int], batch: int, device: torch.device) -> tuple[Pending, ...]:
    """Empty buffers; `widths` are the numbers a frame that steps are given, by kind of input.

    Inputs that reach only frames before a step's last begin with as many unknown frames.
    """
    return tuple(_no_input(interface, one, one.width or widths[one.kind], batch, device) for one in interface.inputs)


def _no_input(interface: Interface, one: InputSpec, width: int, batch: int, device: torch.device) -> Pending:
    lead = max(0, -one.ahead)
    again = interface.span(one) - interface.hop - max(0, one.ahead)
    shape = (batch, samples_in(lead)) if one.kind == "speech" else (batch, lead, width)
    return Pending(
        torch.zeros(shape, device=device),
        torch.zeros(batch, lead, dtype=torch.bool, device=device),
        torch.zeros(batch, again, width, device=device),
        torch.zeros(batch, again, dtype=torch.bool, device=device),
    )


def followed_by(
    interface: Interface, pending: tuple[Pending, ...], chunk: Chunk, motion_width: int
) -> tuple[Pending, ...]:
    """The buffers after one more chunk; what is lost of it is zero.

    Raises `VisavisError` for inputs that the model has not, without its speech, and for lengths that do not fit:
    inputs that may look equally far ahead come over the same frames.
    """
    _require_names(interface, chunk)
    frames = _frames(interface, chunk)
    rows, device = len(pending[0].known), pending[0].known.device
    after = []
    for one, before in zip(interface.inputs, pending, strict=True):
        value, where = chunk.values.get(one.name), chunk.known.get(one.name)
        count = frames[one.ahead]
        shape = (rows, samples_in(count)) if one.kind == "speech" else (rows, count, one.width or motion_width)
        if value is None:
            value, known = torch.zeros(shape, device=device), torch.zeros(rows, count, dtype=torch.bool, device=device)
        else:
            if value.shape != shape:
                raise VisavisError(f"{one.name} of shape {tuple(value.shape)} does not fit the chunk; it needs {shape}")
            value, known = _lost(one, value.to(device), where, (rows, count))
        arrived = torch.cat([before.arrived, value], dim=1)
        after.append(Pending(arrived, torch.cat([before.known, known], dim=1), before.window, before.window_known))
    return tuple(after)


def _require_names(interface: Interface, chunk: Chunk) -> None:
    interface.require_inputs((*chunk.values, *chunk.known))
    missing = [one.name for one in interface.of_kind("speech") if one.name not in chunk.values]
    if missing:
        raise VisavisError(f"a chunk needs {', '.join(missing)}; where a voice is lost, say so with known")


def _frames(interface: Interface, chunk: Chunk) -> dict[int, int]:
    """How many frames of input a chunk holds, by how far ahead an input may look."""
    speech = interface.of_kind("speech")
    frames: dict[int, int] = {}
    for one in speech:
        sound = chunk[one.name]
        count = frames.setdefault(one.ahead, frames_in(sound.shape[-1]))
        if sound.dim() != 2 or sound.shape[1] != samples_in(count):
            names = ", ".join(one.name for one in speech)
            shapes = " and ".join(str(tuple(chunk[one.name].shape)) for one in speech)
            raise VisavisError(
                f"a chunk needs {names} over the same whole frames of {samples_in(1)} samples; {shapes} were given"
            )
    for one in interface.inputs:
        if one.kind != "speech" and one.name in chunk.values:
            frames.setdefault(one.ahead, chunk[one.name].shape[1])
    longest = max(frames.values(), default=0)
    return {one.ahead: frames.get(one.ahead, longest) for one in interface.inputs}


def _lost(one: InputSpec, value: Tensor, where: Tensor | None, shape: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """An input with zeros where it is lost, and where it is known (B, T)."""
    if where is None:
        return value, torch.ones(shape, dtype=torch.bool, device=value.device)
    if where.shape != shape:
        raise VisavisError(
            f"known of {one.name}, of shape {tuple(where.shape)}, does not fit the chunk; it needs {shape}"
        )
    known = where.to(value.device)
    if where.all():
        return value, known
    mask = known.repeat_interleave(samples_in(1), 1) if one.kind == "speech" else known[..., None]
    return torch.where(mask, value, torch.zeros_like(value)), known


def is_complete(interface: Interface, pending: Sequence[Pending]) -> bool:
    """Whether all that a step is given has come."""
    return all(one.known.shape[1] >= needed for one, needed in zip(pending, _needed(interface, pending), strict=True))


def next_step(
    interface: Interface, pending: tuple[Pending, ...], states: tuple[Any, ...], encoder: SpeechEncoder[Any]
) -> tuple[StepInput, tuple[Pending, ...], tuple[Any, ...]]:
    """What the next step is given, and the input and the encoder's state of each voice after it."""
    needed = _needed(interface, pending)
    voices = [place for place, one in enumerate(interface.inputs) if one.kind == "speech"]
    sounds = [pending[place].arrived[:, : samples_in(needed[place])] for place in voices]
    features, states = _encoded(encoder, sounds, states)
    encoded = dict(zip(voices, features, strict=True))
    values, known, after = {}, {}, []
    for place, (one, before) in enumerate(zip(interface.inputs, pending, strict=True)):
        count = needed[place]
        new = encoded[place] if place in encoded else before.arrived[:, :count]
        value = _after(before.window, new)
        where = _after(before.window_known, before.known[:, :count])
        values[one.name], known[one.name] = value, where
        taken = samples_in(count) if one.kind == "speech" else count
        after.append(
            Pending(
                before.arrived[:, taken:],
                before.known[:, count:],
                value[:, interface.hop :],
                where[:, interface.hop :],
            )
        )
    return StepInput(values, known), tuple(after), states


def _needed(interface: Interface, pending: Sequence[Pending]) -> list[int]:
    """How many frames of each input the next step takes."""
    return [
        interface.span(one) - before.window_known.shape[1]
        for one, before in zip(interface.inputs, pending, strict=True)
    ]


def _encoded(
    encoder: SpeechEncoder[Any], sounds: list[Tensor], states: tuple[Any, ...]
) -> tuple[list[Tensor], tuple[Any, ...]]:
    """Features of each voice; voices of one length go through the encoder together, where that is quicker."""
    rows = len(sounds[0])
    if rows > _MANY or len({sound.shape[1] for sound in sounds}) > 1:
        alone = [encoder.encode(sound, state) for sound, state in zip(sounds, states, strict=True)]
        return [features for features, _ in alone], tuple(state for _, state in alone)
    features, after = encoder.encode(torch.cat(sounds), concat_rows(states))
    parts = tuple(mapped(itemgetter(slice(at, at + rows)), after) for at in range(0, rows * len(sounds), rows))
    return list(features.split(rows)), parts


def _after(window: Tensor, new: Tensor) -> Tensor:
    return torch.cat([window, new], dim=1) if window.shape[1] else new
