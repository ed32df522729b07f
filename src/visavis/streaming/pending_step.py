"""One step of a live session: the input it is given, what is drawn of it, and checkpoints to go back to.

Shapes: S samples at 16 kHz, T frames, D motion channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from visavis.core.clock import samples_in
from visavis.streaming.room_tone import room_tone
from visavis.streaming.slots import Row
from visavis.streaming.timeline import Track

SETTLED = -1
"""The `stage` of all steps but the first few of a conversation."""


@dataclass(frozen=True, eq=False)
class InputSlice:
    """What a step is given of one input: sound (S,) or numbers (T, width), where it is `known` (T,) bool, and whether
    anything of it `came`."""

    values: np.ndarray
    known: np.ndarray
    came: bool


@dataclass(frozen=True, eq=False)
class PendingStep:
    """A step that is to be drawn. inputs: by name. guidance: of the draw (None: as the system draws). state: the
    system's before it, None if the session's group has it. keep: whether that is to be kept, to go back to. stage:
    steps of the same stage have inputs and states of one shape.
    """

    inputs: Mapping[str, InputSlice]
    guidance: float | None
    state: Any
    keep: bool
    stage: int = SETTLED


@dataclass(frozen=True, eq=False)
class DrawnStep:
    """What was drawn of a step: frames (T, D), and what the model says of each, by name (T,).

    before: the system's state before it, if that was to be kept. after: the one after it, None if the session's group
    has it.
    """

    values: np.ndarray
    labels: Mapping[str, np.ndarray] = field(default_factory=dict)
    before: Row[Any] | None = None
    after: Any = None


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The system's state before the step that draws from the frame `frame` on; `state` is None only while it is not
    yet made.

    guidance: with which this step and those up to the next checkpoint were drawn.
    """

    frame: int
    state: Row[Any] | None
    guidance: float | None

    @property
    def held(self) -> Any:
        """The state, of one row."""
        assert self.state is not None
        return self.state.taken()

    def alone(self) -> Checkpoint:
        """The same, that holds nothing of other conversations."""
        return self if self.state is None else replace(self, state=self.state.alone())


def stage(tracks: tuple[Track, ...], first: int) -> int:
    """The stage of the step that draws from a frame on: inputs that look elsewhere than to a step's end take more or
    less than a step of input at the beginning, and states hold what has not been taken."""
    return SETTLED if all(track.given_before(first) == first + track.spec.ahead for track in tracks) else first


def sliced(track: Track, first: int, stop: int, ended: int | None) -> InputSlice:
    """What the step that draws the frames from `first` to `stop` is given of an input.

    Where nothing came a voice of those whom the model moves is room tone; all else is unknown. After the frame at which
    input ended voices are silent and everything else stays as it was last, as in `System.generate`.
    """
    start, end = track.given_before(first), track.needed_for(stop)
    begin = start if ended is None else min(start, ended - 1)
    quiet = room_tone(samples_in(begin), samples_in(end)) if track.is_own_voice else None
    values, came = track.between(begin, end, quiet)
    known = np.ones_like(came) if track.is_own_voice else came
    any_came = bool(came[start - begin :].any())
    if ended is not None and ended < end:
        left = ended - begin
        if track.spec.kind == "speech":
            values[samples_in(left) :] = 0
        else:
            values[left:] = values[left - 1]
        known[left:] = known[left - 1]
    return InputSlice(values[(start - begin) * track.per_frame :], known[start - begin :], any_came)
