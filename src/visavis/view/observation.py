"""Observation of one person for plots and timelines: voice, activity, jaw, head, events.

S samples, T frames.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from visavis.analysis.detectors import detect, detects
from visavis.analysis.lips import has_jaw
from visavis.analysis.listening import listening_mask
from visavis.core.clock import FPS, frames_in
from visavis.core.conversation import Person
from visavis.core.motion import Motion
from visavis.core.rate import at_rate
from visavis.core.retarget import to_arkit
from visavis.encode.activity import detect_voice

EVENTS = ("nod", "smile", "blink")
"""What is looked for in a person's motion; how each is detected: `analysis.detectors`."""


@dataclass(frozen=True, eq=False)
class Observation:
    """What is known of one person; what is None is not drawn.

    `person` has motion in any showable space at any rate; `speaking` (T,) bool at 25 fps; `events` are the frames at
    25 fps in which each kind begins; `state` (T,) at 25 fps names the conversation state in which the motion says that
    the person is.
    """

    label: str
    person: Person = field(default_factory=Person)
    speaking: np.ndarray | None = None
    events: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    state: np.ndarray | None = None

    @property
    def frames(self) -> int:
        """How long voice, motion or activity last, whichever is longest [frames at 25 fps]."""
        voice, motion = self.person.speech, self.person.motion
        lengths = [0 if voice is None else frames_in(len(voice))]
        lengths.append(0 if motion is None else math.ceil(len(motion) * FPS / motion.fps))
        lengths.append(0 if self.speaking is None else len(self.speaking))
        return max(lengths)


def observed(label: str, person: Person) -> Observation:
    """What can be told of a person's motion and voice: where it speaks, when it nods, smiles, blinks.

    Only nods while the person does not speak count where the voice is known: speaking people also make head beats.
    Kinds that a space has no channels for are left out. Raises `VisavisError` when a motion is not finite.
    """
    motion = person.motion
    activity = None if person.speech is None else detect_voice(person.speech)
    events: dict[str, tuple[int, ...]] = {}
    state = None
    if motion is not None and len(motion):
        moves = at_rate(motion.require_finite(f"{label}'s motion"), FPS)
        state = moves.state
        listening = None if activity is None else listening_mask(activity, max(len(moves), len(activity)))
        for kind in EVENTS:
            if detects(kind, moves.space):
                events[kind] = tuple(detect(kind, moves, listening if kind == "nod" else None))
    return Observation(label, person, None if activity is None else activity.speaking, events, state)


def signals(motion: Motion) -> dict[str, np.ndarray]:
    """Jaw opening (0 to 1) where the space has a jaw, and head pitch, yaw and roll [deg], each (T,) at 25 fps.

    Raises `VisavisError` for a space that cannot be shown.
    """
    shown = at_rate(to_arkit(motion), FPS)
    jaw = {"jaw": shown["JawOpen"][:, 0]} if has_jaw(motion) else {}
    angles = {angle: f"Head{angle.capitalize()}" for angle in ("pitch", "yaw", "roll")}
    return jaw | {angle: np.degrees(shown[channel][:, 0]) for angle, channel in angles.items()}
