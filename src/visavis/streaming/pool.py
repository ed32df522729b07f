"""Many sessions over one system, drawn together."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from visavis.core.contract import StreamingSystem
from visavis.streaming.dials import Dials
from visavis.streaming.frames import Frames
from visavis.streaming.group import Group
from visavis.streaming.session import Session


class Pool:
    """Sessions whose steps, when they are due together, go through the network in one pass.

    The frames are those that each session would give alone. A session leaves when it is closed. `clock` is that of
    all sessions.
    """

    def __init__(self, system: StreamingSystem[Any], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._group = Group(system, clock)
        self._sessions: list[Session] = []

    def join(
        self,
        *,
        seed: int = 0,
        patience_s: float = 0.04,
        buffer_s: float = 0.04,
        agent_lead_s: float = 0.0,
        rewind_s: float = 4.0,
        dials: Dials | None = None,
    ) -> Session:
        """A new session, with the options of `Session`. Any session's `pull` draws what is due of all."""
        session = Session(
            self._group.system,
            seed=seed,
            patience_s=patience_s,
            buffer_s=buffer_s,
            agent_lead_s=agent_lead_s,
            rewind_s=rewind_s,
            dials=dials,
            group=self._group,
        )
        self._sessions.append(session)
        return session

    def pull(self) -> dict[Session, Frames]:
        """The new frames of every session, possibly none; it draws what is due and waits for nothing."""
        self._group.advance()
        frames = {session: session.collect() for session in self._sessions}
        for session in frames:
            if session.finished:
                # In place: who joins meanwhile, from another thread, stays.
                self._sessions.remove(session)
        return frames

    def __len__(self) -> int:
        """Sessions that are open or have something left to draw."""
        return len(self._sessions)
