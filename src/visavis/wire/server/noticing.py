"""What the agent's face does, noticed in its frames as they come: conversation states and reactions. T frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.analysis.detectors import detect, detects
from visavis.analysis.states import STATES, LiveRule
from visavis.core.clock import FPS
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.streaming.frames import Frames, Strip
from visavis.wire.server.protocol import NO_STATE

REACTIONS = {"nod": 15, "shake": 15, "smile": 75, "brow raise": 40}
"""Reactions that are told, and for how many frames after its onset no other of the kind is."""
_WINDOW = 5 * FPS
_EVERY = 10
_EDGE = 3


@dataclass(frozen=True)
class Noticed:
    """Something in the frames: a reaction, or a state that begins, at the number of a frame."""

    frame: int
    name: str
    state: int | None = None


class Noticing:
    """Frames in, what is seen in them out. States are the model's own where it tells them, else by rule."""

    def __init__(self, space: MotionSpace) -> None:
        self._space = space
        self._kinds = tuple(kind for kind in REACTIONS if detects(kind, space))
        self._seen = Strip(0, np.zeros((0, space.width), np.float32), {"agent": np.zeros(0, bool)})
        self._rule = LiveRule()
        self._state = NO_STATE
        self._told: dict[str, int] = {}
        self._looked = 0

    def states(self, frames: Frames, user: np.ndarray, agent: np.ndarray) -> np.ndarray:
        """The number of the conversation state in each frame (T,) uint8, by who speaks in them (T,) bool each."""
        if frames.state is None:
            ruled = [self._rule.next(bool(one), bool(other)) for one, other in zip(user, agent, strict=True)]
            return np.array(ruled, np.uint8)
        return np.array([STATES.index(name) if name in STATES else NO_STATE for name in frames.state], np.uint8)

    def notice(self, frames: Frames, states: np.ndarray, agent: np.ndarray) -> list[Noticed]:
        """What has become certain with some frames (T), their states and whether the agent speaks in them (T,)."""
        found: list[Noticed] = []
        for number, state in enumerate(states.tolist()):
            if state not in (self._state, NO_STATE):
                self._state = state
                found.append(Noticed(frames.first + number, STATES[state], state))
        seen = self._seen
        if frames.first > seen.end or not len(seen.values):
            seen = Strip(frames.first, seen.values[:0], {"agent": np.zeros(0, bool)})
        seen = seen.until(frames.first).followed_by(frames.values, {"agent": agent})
        self._seen = seen.since(seen.end - _WINDOW)
        if abs(seen.end - self._looked) >= _EVERY:
            self._looked = seen.end
            found += self._reactions()
        return found

    def _reactions(self) -> list[Noticed]:
        motion, listening = Motion(self._seen.values, self._space), ~self._seen.labels["agent"]
        found = []
        for kind in self._kinds:
            still = listening if kind in ("nod", "shake") else None
            for onset in detect(kind, motion, still):
                frame = self._seen.first + onset
                if onset >= _EDGE and frame > self._told.get(kind, -1000) + REACTIONS[kind]:
                    self._told[kind] = frame
                    found.append(Noticed(frame, kind))
        return found
