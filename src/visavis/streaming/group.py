"""Turns of several sessions in one forward pass. Rows join and leave from turn to turn; a row that is not due is held.

Shapes: B rows, T frames, D motion channels.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from visavis.core.contract import StreamingSystem
from visavis.core.state import concat_rows, select_rows
from visavis.core.steps import Chunk
from visavis.streaming.course import Heard, Turn
from visavis.streaming.latency import Latency, latency
from visavis.streaming.slots import Slots

MEASURED = 100
"""Passes over which the time to draw is measured, the last ones."""


class Member(Protocol):
    """A session as its group sees it. The group holds its `lock` whenever it asks."""

    @property
    def finished(self) -> bool:
        """Whether it will never be due again."""
        ...

    def next_turn(self, now_s: float) -> Turn | None:
        """The turn that is due at a reading of the clock, or None."""
        ...

    def take(self, turn: Turn, motion: np.ndarray, kept: Any) -> bool:
        """That turn's frames (T, D), and the state before it if it is to be kept. False: the turn is not wanted any
        more, nothing was taken of it; the group forgets the state after it, too."""
        ...

    def leave(self, state: Any) -> None:
        """The group holds its state no more: this is it."""
        ...


@dataclass(frozen=True, eq=False)
class _Row:
    """A turn with its member's slot."""

    member: Member
    slot: int
    turn: Turn
    guidance: float


class Group:
    """Sessions over one system that draw together. `clock` [s] measures how long that takes.

    lock: held by whoever reads or changes what a session is; not while the network computes, so that input never waits
    for it. The states of all sessions that have drawn are rows of one standing batch (`Slots`).
    """

    def __init__(self, system: StreamingSystem[Any], clock: Callable[[], float]) -> None:
        self.system = system
        self.clock = clock
        self.lock = threading.RLock()
        self._drawing = threading.Lock()
        self._members: list[Member] = []
        self._slots: Slots[Any] = Slots()
        self._seats: dict[Member, int] = {}
        self._spent_s: deque[float] = deque(maxlen=MEASURED)

    def join(self, member: Member) -> None:
        """From its next turn on a session is drawn with the others."""
        with self.lock:
            self._members.append(member)

    def state_of(self, member: Member) -> Any:
        """The state that the group holds of a session, as a value of one row."""
        return self._slots.row(self._seats[member])

    def latency(self, buffer_s: float) -> Latency:
        """The latency of the last passes."""
        with self.lock:
            spent = tuple(self._spent_s)
        return latency(self.system.interface.latency_frames, spent, buffer_s)

    def advance(self) -> None:
        """Draws everything that is due now, one turn of every session at a time: those without guidance in one pass,
        and those with any in another.

        What becomes due while it draws is for the next time, so that it ends on a machine that is too slow, too.
        A second thread waits until the first has drawn.
        """
        with self._drawing:
            now_s = self.clock()
            while rows := self._due(now_s):
                for plain in (True, False):
                    alike = [row for row in rows if (row.guidance == 1) is plain]
                    if alike:
                        self._draw(alike)
            self._let_go()

    def _due(self, now_s: float) -> list[_Row]:
        """The turns that are due, in the order of their slots."""
        with self.lock:
            due = [(member, turn) for member in self._members if (turn := member.next_turn(now_s)) is not None]
            self._seat(due)
            usual = self.system.guidance
            rows = [
                _Row(member, self._seats[member], turn, usual if turn.guidance is None else turn.guidance)
                for member, turn in due
            ]
        return sorted(rows, key=lambda row: row.slot)

    def _seat(self, due: Sequence[tuple[Member, Turn]]) -> None:
        """Puts the states that sessions bring into the batch."""
        brought = [(member, turn.state) for member, turn in due if turn.state is not None]
        again = [(self._seats[member], state) for member, state in brought if member in self._seats]
        if again:
            self._slots.put([slot for slot, _ in again], concat_rows([state for _, state in again]))
        new = [(member, state) for member, state in brought if member not in self._seats]
        self._seats |= {member: len(self._slots) + number for number, (member, _) in enumerate(new)}
        self._slots.append([state for _, state in new])

    def _draw(self, rows: list[_Row]) -> None:
        start = self.clock()
        with self.lock:
            before = self._slots.rows([row.slot for row in rows])
        motion, after = self.system.step(_chunk(rows, self.system.guidance), before)
        values = motion.sample[:, 0].cpu().numpy()
        with self.lock:
            self._spent_s.append(self.clock() - start)
            kept = [self._slots.row(row.slot) if row.turn.keep else None for row in rows]
            wanted = [
                number
                for number, row in enumerate(rows)
                if row.member.take(row.turn, values[number].copy(), kept[number])
            ]
            if wanted:
                after = after if len(wanted) == len(rows) else select_rows(after, wanted)
                self._slots.put([rows[number].slot for number in wanted], after)

    def _let_go(self) -> None:
        """Sessions that are finished leave, with their states."""
        with self.lock:
            gone = [member for member in self._members if member.finished]
            if not gone:
                return
            slots = {self._seats[member] for member in gone if member in self._seats}
            for member in gone:
                if member in self._seats:
                    member.leave(self._slots.row(self._seats[member]))
            self._slots.remove(slots)
            seated = [member for member in self._seats if self._seats[member] not in slots]
            self._seats = {member: slot for slot, member in enumerate(seated)}
            self._members = [member for member in self._members if member not in gone]


def _chunk(rows: list[_Row], usual: float) -> Chunk:
    def stacked(of: Callable[[Heard], np.ndarray]) -> torch.Tensor:
        return torch.from_numpy(np.stack([of(row.turn.heard) for row in rows]))

    asked = [row.guidance for row in rows]
    return Chunk(
        user_speech=stacked(lambda heard: heard.user_speech),
        agent_speech=stacked(lambda heard: heard.agent_speech),
        user_motion=stacked(lambda heard: heard.user_motion),
        known={
            "user_speech": stacked(lambda heard: heard.user_heard),
            "user_motion": stacked(lambda heard: heard.user_seen),
        },
        guidance=None if all(guidance == usual for guidance in asked) else torch.tensor(asked),
    )
