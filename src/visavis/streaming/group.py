"""Turns of several sessions in one forward pass. Rows join and leave from turn to turn; a row that is not due is held.

Shapes: B rows, T frames, D motion channels.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch

from visavis.core.contract import StreamingSystem
from visavis.core.state import concat_rows, select_rows
from visavis.core.steps import Chunk
from visavis.streaming.course import Heard
from visavis.streaming.latency import Latency, latency

_MEASURED = 100
"""Turns over which the time to draw is measured."""


class Member(Protocol):
    """A session as its group sees it."""

    @property
    def finished(self) -> bool:
        """Whether it will never be due again."""
        ...

    @property
    def reactivity(self) -> float | None:
        """Guidance of its next turn (None: as the system draws)."""
        ...

    def next_turn(self, now_s: float) -> tuple[Heard, Any] | None:
        """The input of the turn that is due at a reading of the clock and the state before it (one row), or None."""
        ...

    def take(self, heard: Heard, motion: np.ndarray, state: Any) -> None:
        """That turn's frames (T, D) and the state after it."""
        ...


class Group:
    """Sessions over one system that draw together. `clock` [s] measures how long that takes."""

    def __init__(self, system: StreamingSystem[Any], clock: Callable[[], float]) -> None:
        self.system = system
        self.clock = clock
        self._members: list[Member] = []
        self._spent_s: deque[float] = deque(maxlen=_MEASURED)

    def join(self, member: Member) -> None:
        """From its next turn on a session is drawn with the others."""
        self._members.append(member)

    def latency(self, buffer_s: float) -> Latency:
        """The latency of the last turns."""
        return latency(self.system.interface.latency_frames, self._spent_s, buffer_s)

    def advance(self) -> None:
        """Draws everything that is due now, one turn of every session at a time; those drawn alike in one pass.

        What becomes due while it draws is for the next time, so that it ends on a machine that is too slow, too.
        """
        now_s = self.clock()
        while True:
            alike: dict[float | None, list[tuple[Member, Heard, Any]]] = {}
            for member in self._members:
                if (turn := member.next_turn(now_s)) is not None:
                    alike.setdefault(member.reactivity, []).append((member, *turn))
            if not alike:
                break
            for reactivity, rows in alike.items():
                self._draw(reactivity, rows)
        self._members = [member for member in self._members if not member.finished]

    def _draw(self, reactivity: float | None, rows: list[tuple[Member, Heard, Any]]) -> None:
        system = self.system if reactivity is None else self.system.with_options(guidance=reactivity)
        start = self.clock()
        motion, after = system.step(_chunk([heard for _, heard, _ in rows]), concat_rows([row[2] for row in rows]))
        values = motion.sample[:, 0].cpu().numpy()
        self._spent_s.append(self.clock() - start)
        for number, (member, heard, _) in enumerate(rows):
            member.take(heard, values[number].copy(), select_rows(after, [number]))


def _chunk(rows: list[Heard]) -> Chunk:
    return Chunk(
        user_speech=torch.from_numpy(np.stack([heard.user_speech for heard in rows])),
        agent_speech=torch.from_numpy(np.stack([heard.agent_speech for heard in rows])),
        user_motion=torch.from_numpy(np.stack([heard.user_motion for heard in rows])),
        known={
            "user_speech": torch.from_numpy(np.stack([heard.user_heard for heard in rows])),
            "user_motion": torch.from_numpy(np.stack([heard.user_seen for heard in rows])),
        },
    )
