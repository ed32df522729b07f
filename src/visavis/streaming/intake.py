"""Streams that come at a rate of their own, on their way to a track: resampled as they come, as if they were whole.

Resampling stands before the timeline, which knows 16 kHz and 25 fps alone. What it keeps is a value like all state of
a session (the raw end of the stream that the filter still reaches), so that it is forked, kept and sent with it.

Shapes: S samples, T frames, D motion channels, N items of the track.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from visavis.core.clock import FPS, SAMPLE_RATE
from visavis.core.rate import RateState, exact, rate
from visavis.core.resampling import BLOCK, resampling
from visavis.core.spaces import MotionSpace


@dataclass(frozen=True, eq=False)
class Arrival:
    """What a push brings of an input: samples (S,) or frames (T, D) at `rate` [1/s], None if that is the session's."""

    items: np.ndarray
    rate: float | None = None


@dataclass(frozen=True, eq=False)
class Intake:
    """A stream that has begun. start: the item of the track that its beginning is at. state: of its conversion.

    lag: how long after its time an item of the track is made, where the stream comes at its time [samples at 16 kHz].
    """

    rate: float
    start: int
    lag: int
    state: RateState

    @property
    def is_sound(self) -> bool:
        """Or else motion."""
        return self.state.frames.ndim == 1

    @property
    def reached(self) -> Fraction:
        """The place on the audio clock up to which it came [samples]."""
        begin = self.start if self.is_sound else self.start * SAMPLE_RATE // FPS
        return begin + self.state.known * SAMPLE_RATE / exact(self.rate)

    @property
    def tolerance(self) -> Fraction:
        """How far a stamp may be from `reached` for what it stamps to come right after [samples]: one sample of sound,
        which stamps are rounded to, and half a frame of motion, which cameras are uneven by."""
        return Fraction(1) if self.is_sound else Fraction(SAMPLE_RATE, 2) / exact(self.rate)

    def converted(self, items: np.ndarray, space: MotionSpace) -> tuple[np.ndarray, Intake]:
        """The items of the track (N, ...) that more of the stream settles, and the stream after it."""
        if self.is_sound:
            made, state = resampling(int(self.rate)).step(items, self.state)
        else:
            made, state = rate(space, self.rate, FPS).step(items, self.state)
        return made, replace(self, state=state)

    def owed(self, space: MotionSpace) -> np.ndarray:
        """The items of the track (N, ...) still to come if the stream ends here."""
        if self.is_sound:
            return resampling(int(self.rate)).finish(self.state)
        return rate(space, self.rate, FPS).finish(self.state)


def begun(arrival: Arrival, start: int, space: MotionSpace) -> Intake:
    """A stream like what arrives, that begins at an item of the track."""
    fps = arrival.rate or FPS
    if arrival.items.ndim == 1:
        sound = resampling(int(fps))
        return Intake(fps, start, sound.reach + start % BLOCK, sound.init_state())
    motion = rate(space, fps, FPS)
    return Intake(fps, start, math.ceil(motion.lag_s * SAMPLE_RATE), motion.init_state())
