"""Motion postprocessing: what dials and nods make of drawn frames, as a function of the frame's number alone.

Shapes: T frames, D motion channels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from visavis.core.clock import frames_of
from visavis.streaming.dials import Dials
from visavis.streaming.face import Face
from visavis.streaming.gaze import aside, looking
from visavis.streaming.gestures import Nod, lids_closed

RAMP_FRAMES = frames_of(0.4)
"""Frames until a dial that was moved has its full effect."""


@dataclass(frozen=True)
class DialChange:
    """Dials that hold from the frame `start` on."""

    start: int
    dials: Dials

    def share(self, first: int, count: int) -> np.ndarray:
        """How far the change has gone in `count` frames from the frame `first` on (T, 1)."""
        t = np.clip((np.arange(first, first + count) - self.start + 1) / RAMP_FRAMES, 0, 1)[:, None]
        return np.asarray(t * t * (3 - 2 * t))


@dataclass(frozen=True)
class Postprocessing:
    """The dials of the start, what they were changed to, and the nods asked for. `seed` places blinks and looks."""

    dials: Dials
    seed: int
    changes: tuple[DialChange, ...] = ()
    nods: tuple[Nod, ...] = ()

    @property
    def newest(self) -> Dials:
        """The dials that were set last."""
        return self.changes[-1].dials if self.changes else self.dials

    def with_dials(self, dials: Dials, frame: int) -> Postprocessing:
        """With the dials changed from a frame on; each change fades in over the one before."""
        kept = tuple(change for change in self.changes if change.start < frame)
        return replace(self, changes=(*kept, DialChange(frame, dials)))

    def with_nod(self, nod: Nod) -> Postprocessing:
        """With one more nod."""
        return replace(self, nods=(*self.nods, nod))

    def apply(self, face: Face, drawn: np.ndarray, first: int) -> np.ndarray:
        """Frames (T, D) as the model drew them, from the frame `first` on, with dials and nods; float32."""
        if not len(drawn):
            return drawn
        values = self._with(self.dials, face, drawn, first)
        for change in self.changes:
            share = change.share(first, len(drawn))
            if share[-1] > 0:
                values = values + share * (self._with(change.dials, face, drawn, first) - values)
        return values.astype(np.float32)

    def without_before(self, frame: int) -> Postprocessing:
        """What is still needed for frames from `frame` on."""
        if not (self.changes or self.nods):
            return self
        done = [number for number, change in enumerate(self.changes) if change.start + RAMP_FRAMES <= frame]
        nods = tuple(nod for nod in self.nods if nod.end > frame)
        if not done:
            return replace(self, nods=nods)
        return replace(self, dials=self.changes[done[-1]].dials, changes=self.changes[done[-1] + 1 :], nods=nods)

    def _with(self, dials: Dials, face: Face, drawn: np.ndarray, first: int) -> np.ndarray:
        values = drawn.copy()
        for part, scale in ((face.expression, dials.expressiveness), (face.head, dials.head_motion)):
            if scale != 1:
                values[:, part] = face.mean[part] + scale * (values[:, part] - face.mean[part])
        for nod in self.nods:
            values[:, nod.channel] += nod.pitch(first, len(values))
        if dials.blinks_per_minute is not None:
            lids = face.part("blink")
            closed = lids_closed(first, len(values), dials.blinks_per_minute, self.seed)[:, None]
            values[:, lids] = face.mean[lids] + closed * (1 - face.mean[lids])
        if dials.eye_contact is not None:
            values = looking(face, values, aside(first, len(values), dials.eye_contact, self.seed))
        return values
