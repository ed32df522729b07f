"""A conversation of an hour, put together of many that end with those that it began with, and what a model does in it.

Shapes: B conversations, T frames, S sound samples at 16 kHz, D channels, W width of an input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from visavis.core.clock import SAMPLES_PER_FRAME, samples_in
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.steps import Chunk
from visavis.system.generate import padded_length
from visavis.system.request import Request
from visavis.system.system import System
from visavis.validate.benchmark.cases import Case

LOUD_DB = -26.0
"""The level that every voice is brought to [dB relative to full scale]: of its loudest twentieth of frames."""


@dataclass(frozen=True)
class Piece:
    """The first `frames` frames of a case, by its number."""

    case: int
    frames: int


def long_conversation(lengths: Sequence[int], frames: int, part: int, seed: int) -> list[Piece]:
    """Pieces of `frames` frames in all; the last `part` frames are of the same pieces as the first.

    `lengths` are those of the cases. They follow in an order drawn by the seed, all of them before one comes again.
    Raises `VisavisError` where the first and the last part overlap.
    """
    if not lengths or 2 * part > frames or part < 1:
        raise VisavisError(f"{frames} frames cannot begin and end with the same {part}; give a longer conversation")
    order = _order(len(lengths), np.random.default_rng([seed, 20]))
    ends = _filled(order, lengths, part)
    return [*ends, *_filled(order, lengths, frames - 2 * part), *ends]


def _order(cases: int, rng: np.random.Generator) -> Iterator[int]:
    while True:
        yield from (int(number) for number in rng.permutation(cases))


def _filled(order: Iterator[int], lengths: Sequence[int], frames: int) -> list[Piece]:
    pieces: list[Piece] = []
    while frames > 0:
        number = next(order)
        pieces.append(Piece(number, min(frames, lengths[number])))
        frames -= pieces[-1].frames
    return pieces


def levelled(sound: np.ndarray) -> np.ndarray:
    """A voice (S,) at `LOUD_DB`; one without any sound stays as it is."""
    frames = sound[: len(sound) // SAMPLES_PER_FRAME * SAMPLES_PER_FRAME].reshape(-1, SAMPLES_PER_FRAME)
    loud = float(np.quantile(np.mean(frames.astype(np.float64) ** 2, axis=1), 0.95)) if len(frames) else 0.0
    return sound if loud < 1e-10 else np.asarray(sound * np.float32(np.sqrt(10 ** (LOUD_DB / 10) / loud)))


def true_motion(cases: Sequence[Case], pieces: Sequence[Piece]) -> Iterator[Motion]:
    """The agent's own motion, piece by piece."""
    for piece in pieces:
        yield cases[piece.case].truth.cut(0, piece.frames)


def drawn_motion(
    system: System,
    cases: Sequence[Case],
    talks: Sequence[Sequence[Piece]],
    frames: int,
    block: int,
    seed: int = 0,
    done: Callable[[int], None] = lambda _: None,
    as_recorded: bool = False,
) -> Iterator[list[Motion]]:
    """What a system draws in long conversations side by side, `block` frames of each at a time, until `frames`.

    Every one is a single rollout from its first frame on, as in a session; of input and motion no more than a block and
    a case are kept. Row b draws with the seed `seed + b`. A system that moves two people gives the agent's motion.
    Voices are `levelled`, as nobody's voice is suddenly 30 dB softer within a conversation, unless `as_recorded`.
    `done` is told of the frames that are given. Raises `VisavisError` for data that does not fit the system.
    """
    rows = [_Input(system, cases, pieces, as_recorded) for pieces in talks]
    state = system.init_state(len(rows), seed)
    drawn: list[np.ndarray] = []
    given = fed = 0
    while given < frames:
        taken = min(block, padded_length(system.interface, frames) - fed)
        parts = [row.take(taken) for row in rows]
        fed += taken
        chunk: dict[str, torch.Tensor] = {}
        for one in system.interface.inputs:
            known = [row[one.name] for row in parts if one.name in row]
            if len(known) == len(rows):
                value = torch.from_numpy(np.stack(known)).to(system.device)
                chunk[one.name] = value.flatten(1) if one.kind == "speech" else value
        step, state = system.step(Chunk(chunk), state)
        drawn.append(step.sample[:, 0].cpu().numpy())
        while given < frames and sum(one.shape[1] for one in drawn) >= min(block, frames - given):
            values = np.concatenate(drawn, axis=1)
            now = min(block, frames - given)
            drawn = [values[:, now:]]
            given += now
            done(given)
            yield [Motion(row, system.space).require_finite("what the model drew") for row in values[:, :now]]


class _Input:
    """What a system is given in one long conversation, taken bit by bit; after its end silence, and all else held."""

    def __init__(self, system: System, cases: Sequence[Case], pieces: Sequence[Piece], as_recorded: bool) -> None:
        self._system, self._cases, self._pieces, self._as_recorded = system, cases, iter(pieces), as_recorded
        self._waiting: Mapping[str, np.ndarray] = {}
        self._last: Mapping[str, np.ndarray] = {}
        self._frames = 0

    def take(self, frames: int) -> dict[str, np.ndarray]:
        """The next frames of every input that is known: sound (T, 640), other inputs (T, W)."""
        found: dict[str, list[np.ndarray]] = {}
        missing = frames
        while missing:
            if not self._frames:
                self._go_on(missing)
            now = min(missing, self._frames)
            for name, value in self._waiting.items():
                found.setdefault(name, []).append(value[:now])
            self._waiting = {name: value[now:] for name, value in self._waiting.items()}
            self._frames -= now
            missing -= now
        return {name: np.concatenate(parts) for name, parts in found.items() if sum(map(len, parts)) == frames}

    def _go_on(self, missing: int) -> None:
        piece = next(self._pieces, None)
        if piece is None:
            self._waiting, self._frames = self._after(missing), missing
            return
        case = self._cases[piece.case]
        voices = [v if self._as_recorded else levelled(v) for v in (case.user_speech, case.agent_speech)]
        request = _request(self._system, voices[0], voices[1], case.user_motion)
        request.require_usable(self._system.config.name, self._system.interface, self._system.space)
        self._frames = piece.frames
        self._waiting = {
            one.name: self._by_frame(value, piece.frames)
            for one in self._system.interface.inputs
            if (value := request.value(one.name)) is not None
        }
        self._last = {name: value[-1:] for name, value in self._waiting.items()}

    def _after(self, missing: int) -> dict[str, np.ndarray]:
        speech = {one.name for one in self._system.interface.of_kind("speech")}
        return {name: np.repeat(value * (name not in speech), missing, axis=0) for name, value in self._last.items()}

    def _by_frame(self, value: np.ndarray | Motion, frames: int) -> np.ndarray:
        if isinstance(value, Motion):
            return value.values[:frames]
        if value.ndim > 1:
            return value[:frames].astype(np.float32)
        sound = torch.from_numpy(np.array(value, dtype=np.float32))
        prepared = self._system.encoder.prepared(sound).cpu().numpy()
        return np.asarray(prepared[: samples_in(frames)].reshape(frames, SAMPLES_PER_FRAME))


def _request(system: System, user: np.ndarray, agent: np.ndarray, user_motion: Motion | None) -> Request:
    if len(system.interface.people) == 2:
        return Request.pair(agent, user, 0)
    return Request.dyad(user, agent, user_motion, 0)
