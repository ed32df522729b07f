"""What one person does in a conversation, made ready to be drawn: voice, activity, jaw, head, events.

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
from visavis.core.motion import Motion
from visavis.core.rate import at_rate
from visavis.encode.activity import hear
from visavis.view.performance import to_arkit

EVENTS = ("nod", "smile", "blink")
"""What is looked for in a person's motion; how each is detected: `analysis.detectors`."""


@dataclass(frozen=True, eq=False)
class Person:
    """One person; what is not known is None, and not drawn.

    `motion` in any showable space at any rate, `voice` (S,) at 16 kHz, `speaking` (T,) bool at 25 fps; `events` are
    the frames at 25 fps in which each kind begins.
    """

    label: str
    motion: Motion | None = None
    voice: np.ndarray | None = None
    speaking: np.ndarray | None = None
    events: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def frames(self) -> int:
        """How long voice, motion or activity last, whichever is longest [frames at 25 fps]."""
        lengths = [0 if self.voice is None else frames_in(len(self.voice))]
        lengths.append(0 if self.motion is None else math.ceil(len(self.motion) * FPS / self.motion.fps))
        lengths.append(0 if self.speaking is None else len(self.speaking))
        return max(lengths)


def observed(label: str, motion: Motion | None = None, voice: np.ndarray | None = None) -> Person:
    """A person with what can be told of motion and voice (S,): where it speaks, when it nods, smiles, blinks.

    Only nods while the person does not speak count where the voice is known: speaking people also make head beats.
    Kinds that a space has no channels for are left out. Raises `VisavisError` when a motion is not finite.
    """
    heard = None if voice is None else hear(voice)
    events: dict[str, tuple[int, ...]] = {}
    if motion is not None and len(motion):
        moves = at_rate(motion.require_finite(f"{label}'s motion"), FPS)
        listening = None if heard is None else listening_mask(heard, max(len(moves), len(heard)))
        for kind in EVENTS:
            if detects(kind, moves.space):
                events[kind] = tuple(detect(kind, moves, listening if kind == "nod" else None))
    return Person(label, motion, voice, None if heard is None else heard.speaking, events)


def signals(motion: Motion) -> dict[str, np.ndarray]:
    """Jaw opening (0 to 1) where the space has a jaw, and head pitch, yaw and roll [deg], each (T,) at 25 fps.

    Raises `VisavisError` for a space that cannot be shown.
    """
    shown = at_rate(to_arkit(motion), FPS)
    jaw = {"jaw": shown["JawOpen"][:, 0]} if has_jaw(motion) else {}
    angles = {angle: f"Head{angle.capitalize()}" for angle in ("pitch", "yaw", "roll")}
    return jaw | {angle: np.degrees(shown[channel][:, 0]) for angle, channel in angles.items()}
