"""Batching of live sessions: steps that are due together go through the network in one pass; other rows are held.

Shapes: B rows, T frames, D motion channels.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from visavis.core.contract import StreamingSystem
from visavis.core.state import concat_rows, select_rows
from visavis.core.steps import Chunk
from visavis.streaming.latency import Latency, latency
from visavis.streaming.pending_step import SETTLED, DrawnStep, InputSlice, PendingStep
from visavis.streaming.slots import Row, Slots

MEASURED = 100
"""Passes over which the time to draw is measured, the last ones."""


class Member(Protocol):
    """A session as its group sees it. The group holds its `lock` whenever it asks."""

    @property
    def finished(self) -> bool:
        """Whether it will never be due again."""
        ...

    def next_step(self, now_s: float) -> PendingStep | None:
        """The step that is due at a reading of the clock, or None."""
        ...

    def take(self, step: PendingStep, drawn: DrawnStep) -> bool:
        """What was drawn of that step. False: the step is not wanted any more, nothing was taken of it; the group
        forgets the state after it, too."""
        ...

    def leave(self, state: Any) -> None:
        """The group holds its state no more: this is it."""
        ...


@dataclass(frozen=True, eq=False)
class _Row:
    """A step with its member's slot, None while its state is not yet of the shape that the batch has."""

    member: Member
    slot: int | None
    step: PendingStep
    guidance: float


class Group:
    """Sessions over one system that draw together. `clock` [s] measures how long that takes.

    lock: held by whoever reads or changes what a session is; not while the network computes, so that input never waits
    for it. The states of all sessions that have begun are rows of one standing batch (`Slots`).
    """

    def __init__(self, system: StreamingSystem[Any], clock: Callable[[], float]) -> None:
        self.system = system
        self.clock = clock
        self.lock = threading.RLock()
        self._drawing = threading.Lock()
        self._members: list[Member] = []
        self._slots: Slots[Any] = Slots()
        self._slot_of: dict[Member, int] = {}
        self._spent_s: deque[float] = deque(maxlen=MEASURED)

    def join(self, member: Member) -> None:
        """From its next step on a session is drawn with the others."""
        with self.lock:
            self._members.append(member)

    def state_of(self, member: Member) -> Any:
        """The state that the group holds of a session, as a value of one row."""
        return self._slots.row(self._slot_of[member])

    def latency(self, buffer_s: float, lead: int) -> Latency:
        """The latency of the last passes, where the agent's voice comes `lead` frames early."""
        with self.lock:
            spent = tuple(self._spent_s)
        return latency(self.system.interface.latency_with(lead), spent, buffer_s)

    def advance(self) -> None:
        """Draws everything that is due now, one step of every session at a time: those without guidance in one pass,
        and those with any in another; so are the first steps of inputs that reach elsewhere than to a step's end.

        What becomes due while it draws is for the next time, so that it ends on a machine that is too slow, too.
        A second thread waits until the first has drawn.
        """
        with self._drawing:
            now_s = self.clock()
            while rows := self._due(now_s):
                for kind in sorted({_kind(row) for row in rows}):
                    self._draw([row for row in rows if _kind(row) == kind])
            self._let_go()

    def _due(self, now_s: float) -> list[_Row]:
        """The steps that are due, in the order of their slots."""
        with self.lock:
            due = [(member, step) for member in self._members if (step := member.next_step(now_s)) is not None]
            self._seat([(member, step) for member, step in due if step.stage == SETTLED])
            usual = self.system.guidance
            rows = [
                _Row(
                    member,
                    self._slot_of[member] if step.stage == SETTLED else None,
                    step,
                    usual if step.guidance is None else step.guidance,
                )
                for member, step in due
            ]
        return sorted(rows, key=lambda row: -1 if row.slot is None else row.slot)

    def _seat(self, due: Sequence[tuple[Member, PendingStep]]) -> None:
        """Puts the states that sessions bring into the batch."""
        brought = [(member, step.state) for member, step in due if step.state is not None]
        again = [(self._slot_of[member], state) for member, state in brought if member in self._slot_of]
        if again:
            self._slots.put([slot for slot, _ in again], concat_rows([state for _, state in again]))
        new = [(member, state) for member, state in brought if member not in self._slot_of]
        self._slot_of |= {member: len(self._slots) + number for number, (member, _) in enumerate(new)}
        self._slots.append([state for _, state in new])

    def _draw(self, rows: list[_Row]) -> None:
        start = self.clock()
        slots = [row.slot for row in rows if row.slot is not None]
        with self.lock:
            before = self._slots.rows(slots) if slots else concat_rows([row.step.state for row in rows])
        chunk = chunk_of([row.step.inputs for row in rows], [row.guidance for row in rows], self.system.guidance)
        motion, after = self.system.step(chunk, before)
        values = motion.sample[:, 0].cpu().numpy()
        labels = {name: label[:, 0].cpu().numpy() for name, label in motion.labels.items()}
        kept = _kept(rows, before)
        with self.lock:
            self._spent_s.append(self.clock() - start)
            drawn = [
                DrawnStep(
                    values[number].copy(),
                    {name: label[number].copy() for name, label in labels.items()},
                    kept.get(number),
                    None if slots else select_rows(after, [number]),
                )
                for number, row in enumerate(rows)
            ]
            wanted = [number for number, row in enumerate(rows) if row.member.take(row.step, drawn[number])]
            if wanted and slots:
                after = after if len(wanted) == len(rows) else select_rows(after, wanted)
                self._slots.put([slots[number] for number in wanted], after)

    def _let_go(self) -> None:
        """Sessions that are finished leave, with their states."""
        with self.lock:
            gone = [member for member in self._members if member.finished]
            if not gone:
                return
            slots = {self._slot_of[member] for member in gone if member in self._slot_of}
            for member in gone:
                if member in self._slot_of:
                    member.leave(self._slots.row(self._slot_of[member]))
            self._slots.remove(slots)
            seated = [member for member in self._slot_of if self._slot_of[member] not in slots]
            self._slot_of = {member: slot for slot, member in enumerate(seated)}
            self._members = [member for member in self._members if member not in gone]


def _kind(row: _Row) -> tuple[int, bool]:
    """Rows of the same kind are drawn in one pass; plain ones come first."""
    return row.step.stage, row.guidance != 1


def _kept(rows: Sequence[_Row], before: Any) -> dict[int, Row[Any]]:
    """The states before the steps that are to be kept, by the steps' places."""
    kept = [number for number, row in enumerate(rows) if row.step.keep]
    if not kept:
        return {}
    states = before if len(kept) == len(rows) else select_rows(before, kept)
    return {number: Row(states, place) for place, number in enumerate(kept)}


def chunk_of(steps: Sequence[Mapping[str, InputSlice]], asked: Sequence[float], usual: float) -> Chunk:
    """The inputs of steps, by name, and the guidance `asked` for each as the rows of one chunk; `usual` is that of a
    system."""

    def stacked(name: str, of: Callable[[InputSlice], np.ndarray]) -> torch.Tensor:
        return torch.from_numpy(np.stack([of(inputs[name]) for inputs in steps]))

    return Chunk(
        {name: stacked(name, lambda given: given.values) for name in steps[0]},
        known={name: stacked(name, lambda given: given.known) for name in steps[0]},
        guidance=None if all(guidance == usual for guidance in asked) else torch.tensor(list(asked)),
    )
