"""Who is in the page, and how long all of them are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from visavis.core.clock import FPS, SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rate import at_rate
from visavis.view.mesh import Mesh
from visavis.view.soundtrack import require_voice


@dataclass(frozen=True, eq=False)
class Performer:
    """One person: motion of any showable space, voice (S,) float32 at 16 kHz, name, and head.

    A head without motion stands still; `mesh` None is one of the project's own heads.
    """

    motion: Motion | None = None
    voice: np.ndarray | None = None
    label: str = ""
    mesh: Mesh | None = None


@dataclass(frozen=True, eq=False)
class Scene:
    """Performers whose motions all have `fps` frames a second, `frames` in all."""

    people: tuple[Performer, ...]
    fps: float
    frames: int

    @property
    def samples(self) -> int:
        """How many samples of sound the frames last."""
        return round(self.frames * SAMPLE_RATE / self.fps)


def scene_of(people: Sequence[Performer], fps: float | None) -> Scene:
    """Bring people to one frame rate: `fps`, or the highest of their motions (25 where there is none).

    It lasts as long as the longest motion, or voice if no motion is known. Raises `VisavisError` when there are not
    one or two people, nothing of them is known, a voice cannot be heard, or the rate is not positive.
    """
    if len(people) not in (1, 2):
        raise VisavisError(f"{len(people)} people were given; a player shows one or two heads")
    for person in people:
        if person.voice is not None:
            require_voice(person.voice)
    motions = [person.motion for person in people if person.motion is not None]
    rate = max((motion.fps for motion in motions), default=FPS) if fps is None else fps
    if not 0 < rate < np.inf:
        raise VisavisError(
            f"a frame rate is a positive number of frames a second, {rate} was given; leave it out or give 25"
        )
    brought = tuple(
        person if person.motion is None else replace(person, motion=at_rate(person.motion, rate)) for person in people
    )
    lengths = [len(person.motion) for person in brought if person.motion is not None]
    lengths = lengths or [int(len(p.voice) * rate / SAMPLE_RATE) for p in people if p.voice is not None]
    frames = max(lengths, default=0)
    if frames <= 0:
        raise VisavisError(
            f"nothing to play: of {len(people)} people there is neither a frame of motion nor one of voice; "
            "give a motion or a voice"
        )
    return Scene(brought, rate, frames)
