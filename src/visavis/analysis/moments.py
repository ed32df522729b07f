"""The moments at which a listener may answer a speaker: the ends of lines, the pauses inside them, and any others.

Shapes: T frames. The moments come from the event log; recordings without one have none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from visavis.core.clock import FPS
from visavis.core.conversation import Event

WINDOW = FPS
"""An answer begins within a second after its moment [frames]."""
_BEFORE = 5
_ROUNDING = 1


@dataclass(frozen=True)
class Moments:
    """Frames in which the speaker ends a line, or a phrase inside it, and frames a second and more from either.

    A line is an utterance, a phrase lasts a second or longer and is followed by a pause; the listener neither speaks
    nor begins to within a second after.
    """

    line_ends: tuple[int, ...]
    pauses: tuple[int, ...]
    elsewhere: tuple[int, ...]


def line_moments(events: Iterable[Event], speaker: int, listening: np.ndarray) -> Moments:
    """The moments of one speaker (1 or 2), where the other person listens: (T,) bool.

    `elsewhere` lies in the middle of what the speaker says: two seconds apart, no end of a phrase within a second
    before or after. It tells how often a nod follows by chance.
    """
    own = [event for event in events if event.person == speaker]
    last = {event.onset + event.duration for event in own if event.kind == "utterance"}
    ends = sorted(event.onset for event in own if event.kind == "phrase end")
    quiet = [end for end in ends if _listens(listening, end)]
    closing = [end for end in quiet if any(abs(end - stop) <= _ROUNDING for stop in last)]
    spoken = [(event.onset, event.onset + event.duration) for event in own if event.kind == "utterance"]
    inside = [
        frame
        for start, stop in spoken
        for frame in range(start + WINDOW, stop - WINDOW, 2 * WINDOW)
        if _listens(listening, frame) and all(abs(frame - end) >= WINDOW for end in ends)
    ]
    return Moments(tuple(closing), tuple(end for end in quiet if end not in closing), tuple(inside))


def _listens(listening: np.ndarray, frame: int) -> bool:
    around = listening[max(0, frame - _BEFORE) : frame + WINDOW]
    return len(around) > _BEFORE and bool(around.all())
