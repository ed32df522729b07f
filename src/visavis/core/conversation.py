"""Conversation records: two people, what each said, how each moved, and what happened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np

from visavis.core.bounds import Bounds
from visavis.core.clock import FPS, LONGEST_S, frames_in, samples_in
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion

Frames = Annotated[int, Bounds(-LONGEST_S * FPS, LONGEST_S * FPS)]


@dataclass(frozen=True)
class Event:
    """Something a person did: a nod, a smile, an utterance, a phoneme, ...

    `person` is the speaker's number in the recording (1 or 2); `onset` and `duration` are frames;
    `cause` says what it answers ("partner phrase end", "own backchannel", ...), "" where nothing is known.
    """

    kind: str
    person: int
    onset: Frames
    duration: Frames
    cause: str = ""
    label: str = ""


@dataclass(frozen=True, eq=False)
class Person:
    """A person: `speech` (S,) float32 at 16 kHz and `motion`, each if known; None is unknown.

    In a conversation motion has 25 fps; what is only shown may have any rate. `number` is that in a recording.
    """

    speech: np.ndarray | None = None
    motion: Motion | None = None
    number: int = 1

    def cut(self, frames: int) -> Person:
        """The first `frames` frames."""
        return Person(
            None if self.speech is None else self.speech[: samples_in(frames)],
            None if self.motion is None else self.motion.cut(0, frames),
            self.number,
        )


@dataclass(frozen=True, eq=False)
class Conversation:
    """A recorded or simulated conversation: `agent` is the person to be animated, `user` the partner."""

    name: str
    user: Person
    agent: Person
    events: tuple[Event, ...] = ()

    @property
    def frames(self) -> int:
        """The common length of everything that is known [frames]."""
        lengths: list[int] = []
        for person in (self.user, self.agent):
            if person.speech is not None:
                lengths.append(frames_in(len(person.speech)))
            if person.motion is not None:
                if person.motion.fps != FPS:
                    raise VisavisError(f"{self.name}: motion at {person.motion.fps} fps; resample it to {FPS} first")
                lengths.append(len(person.motion))
        if not lengths:
            raise VisavisError(f"{self.name}: neither speech nor motion is known")
        return min(lengths)

    def trimmed(self) -> Conversation:
        """The same conversation with everything cut to the common length."""
        frames = self.frames
        return replace(self, user=self.user.cut(frames), agent=self.agent.cut(frames))

    def swapped(self) -> Conversation:
        """The same conversation seen from the other side: user and agent change places."""
        return replace(self, user=self.agent, agent=self.user)
