"""Performers: who is in the page, brought to one frame rate, and how long all of them last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from visavis.core.clock import FPS, SAMPLE_RATE
from visavis.core.conversation import Person
from visavis.core.errors import VisavisError
from visavis.core.rate import at_rate
from visavis.view.mesh import Mesh
from visavis.view.soundtrack import require_voice


@dataclass(frozen=True, eq=False)
class Performer:
    """Somebody in the page: a person, with motion of any showable space at any rate, a name and a head.

    A head without motion stands still; `mesh` None is one of the project's own heads.
    """

    person: Person = field(default_factory=Person)
    label: str = ""
    mesh: Mesh | None = None


@dataclass(frozen=True, eq=False)
class Playback:
    """Performers whose motions all have `fps` frames a second, `frames` in all."""

    people: tuple[Performer, ...]
    fps: float
    frames: int

    @property
    def samples(self) -> int:
        """How many samples of sound the frames last."""
        return round(self.frames * SAMPLE_RATE / self.fps)


def playback_of(people: Sequence[Performer], fps: float | None) -> Playback:
    """Bring people to one frame rate: `fps`, or the highest of their motions (25 where there is none).

    It lasts as long as the longest motion, or voice if no motion is known. Raises `VisavisError` when there are not
    one or two people, nothing of them is known, a voice cannot be heard, or the rate is not positive.
    """
    if len(people) not in (1, 2):
        raise VisavisError(f"{len(people)} people were given; a player shows one or two heads")
    voices = [one.person.speech for one in people if one.person.speech is not None]
    for voice in voices:
        require_voice(voice)
    motions = [one.person.motion for one in people if one.person.motion is not None]
    rate = max((motion.fps for motion in motions), default=FPS) if fps is None else fps
    if not 0 < rate < np.inf:
        raise VisavisError(
            f"a frame rate is a positive number of frames a second, {rate} was given; leave it out or give 25"
        )
    brought = tuple(replace(one, person=_at_rate(one.person, rate)) for one in people)
    lengths = [len(one.person.motion) for one in brought if one.person.motion is not None]
    lengths = lengths or [int(len(voice) * rate / SAMPLE_RATE) for voice in voices]
    frames = max(lengths, default=0)
    if frames <= 0:
        raise VisavisError(
            f"nothing to play: of {len(people)} people there is neither a frame of motion nor one of voice; "
            "give a motion or a voice"
        )
    return Playback(brought, rate, frames)


def _at_rate(person: Person, fps: float) -> Person:
    return person if person.motion is None else replace(person, motion=at_rate(person.motion, fps))
