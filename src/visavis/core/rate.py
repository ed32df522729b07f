"""Motion at another frame rate, whole or as it comes: weights by monotone cubics, rotations spherically.

A cubic through neighbours whose slopes never point past them (Fritsch and Carlson 1980; the slopes are Fritsch and
Butland's weighted harmonic mean) has no corner at the frames and stays between them: weights that were in [0, 1] stay
there. Frame n of the result shows time n / fps exactly; times are kept as fractions, so nothing drifts.

T frames in, N frames out, D channels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from visavis.core.clock import require_rate
from visavis.core.motion import Motion
from visavis.core.rotations import from_quaternion, nearest_form, slerp, to_quaternion
from visavis.core.spaces import MotionSpace

_LARGEST_DENOMINATOR = 1001
"""Of a frame rate: 29.97 fps are 30000 / 1001."""
_REACH = 2
"""Frames that must be known after the one before a time: the next, and the one that gives its slope."""


@dataclass(frozen=True, eq=False)
class RateState:
    """What has come (the last `frames`, the first of which is number `first`), and how many frames have gone out.

    Frames of motion (T, D), or of sound (S,), each of which is a sample.
    """

    frames: np.ndarray
    first: int
    sent: int

    @property
    def known(self) -> int:
        """How many frames have come in all."""
        return self.first + len(self.frames)


@dataclass(frozen=True, eq=False)
class Rate:
    """Frames of `space` at `source` frames a second -> frames at `target`.

    A frame goes out as soon as the two frames on either side of its time are known; one whose time is that of a frame
    that came, at once. At equal rates nothing waits.
    """

    space: MotionSpace
    source: Fraction
    target: Fraction

    def init_state(self) -> RateState:
        """The state before any frame."""
        return RateState(np.zeros((0, self.space.width), np.float32), 0, 0)

    def step(self, frames: np.ndarray, state: RateState) -> tuple[np.ndarray, RateState]:
        """The frames (N, D) that `frames` (T, D), which come next, settle, and the state after them."""
        kept = np.concatenate([state.frames, np.asarray(frames, np.float32).reshape(-1, self.space.width)])
        state = RateState(kept, state.first, state.sent)
        return self._between(state, self._settled_after(state))

    def state_after(self, frames: np.ndarray, first: int) -> RateState:
        """The state after frames (T, D) of which the first is number `first` and before which none is known."""
        begun = RateState(np.asarray(frames, np.float32), first, math.ceil(first * self.target / self.source))
        return self._between(begun, self._settled_after(begun))[1]

    def finish(self, state: RateState) -> np.ndarray:
        """The frames (N, D) still owed when no more will come; the duration is kept to within half a frame."""
        total = round(state.known * self.target / self.source)
        if state.known:
            total = max(total, 1)
        return self._between(state, max(total, state.sent))[0]

    def shown_in(self, numbers: np.ndarray, last: int) -> np.ndarray:
        """In the time of which frames that come those of these numbers (N,) that go out begin; `last` comes last."""
        pace = self.source / self.target
        return np.asarray(np.minimum(numbers * pace.numerator // pace.denominator, last))

    @property
    def lag_s(self) -> Fraction:
        """How long after the end of its own time a frame is settled at the latest, where frames come at theirs [s]."""
        step = self.source / self.target
        waits = _REACH + 1 - Fraction(1, step.denominator) if step.denominator > 1 else Fraction(1)
        return max(waits / self.source - 1 / self.target, Fraction(0))

    def _settled_after(self, state: RateState) -> int:
        """How many frames can have gone out once the frames of a state are known."""
        certain = (state.known - _REACH) * self.target / self.source
        until = max(state.sent, math.ceil(certain))
        while self._settled(until, state.known):
            until += 1
        return until

    def _settled(self, number: int, known: int) -> bool:
        position = number * self.source / self.target
        needed = position.numerator // position.denominator
        return needed + (_REACH if position.denominator > 1 else 0) < known

    def _between(self, state: RateState, until: int) -> tuple[np.ndarray, RateState]:
        last, pace = max(len(state.frames) - 1, 0), self.source / self.target
        parts = np.arange(state.sent, until) * pace.numerator - state.first * pace.denominator
        before = np.minimum(parts // pace.denominator, last)
        share = np.where(parts < last * pace.denominator, parts % pace.denominator / pace.denominator, 0.0)
        found = _read(state.frames, self.space, before, share)
        ahead = until * self.source / self.target
        keep = min(max(ahead.numerator // ahead.denominator - 1 - state.first, 0), last)
        return found, RateState(state.frames[keep:], state.first + keep, until)


def rate(space: MotionSpace, source: float, target: float) -> Rate:
    """The conversion between two frame rates [1/s]. Raises `VisavisError` unless both lie in 1 to 1,000 fps."""
    return Rate(space, exact(require_rate(source)), exact(require_rate(target)))


def exact(fps: float) -> Fraction:
    """A frame rate as the fraction it stands for."""
    return Fraction(fps).limit_denominator(_LARGEST_DENOMINATOR)


def at_rate(motion: Motion, fps: float) -> Motion:
    """The same motion at another frame rate. Frame n shows time n / fps; after the last frame nothing moves.

    The state of a frame, and whether it counts, are those of the frame in whose time it begins.
    """
    conversion = rate(motion.space, motion.fps, fps)
    if conversion.source == conversion.target or len(motion) == 0:
        return Motion(motion.values, motion.space, fps, motion.known, motion.state, motion.counted)
    found, after = conversion.step(motion.values, conversion.init_state())
    values = np.concatenate([found, conversion.finish(after)])
    shown = conversion.shown_in(np.arange(len(values)), len(motion) - 1)
    state, counted = (None if told is None else told[shown] for told in (motion.state, motion.counted))
    return Motion(values, motion.space, fps, motion.known, state, counted)


def _read(frames: np.ndarray, space: MotionSpace, before: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Frames (N, D) that lie `share` (N,) of the way from the frames `before` (N,) to the next."""
    found = frames[before] if len(before) else np.zeros((0, space.width), np.float32)
    moved = share > 0
    if moved.any():
        found[moved] = _between_frames(frames, space, before[moved], share[moved])
    return found


def _between_frames(frames: np.ndarray, space: MotionSpace, before: np.ndarray, share: np.ndarray) -> np.ndarray:
    after = np.minimum(before + 1, len(frames) - 1)
    values = _monotone(frames.astype(np.float64), before, after, share[:, None])
    for rotation in space.rotations:
        columns = list(rotation.channels)
        turns = to_quaternion(frames[:, columns], rotation.form)
        found = from_quaternion(slerp(turns[before], turns[after], share), rotation.form)
        axis_angle = rotation.form == "axis-angle"
        values[:, columns] = nearest_form(found, frames[before][:, columns]) if axis_angle else found
    return values.astype(np.float32)


def _monotone(frames: np.ndarray, before: np.ndarray, after: np.ndarray, share: np.ndarray) -> np.ndarray:
    slopes = _slopes(np.diff(frames, axis=0))
    near, far = frames[before], frames[after]
    rise = share * share * (3 - 2 * share)
    curved = share * (1 - share) * ((1 - share) * slopes[before] - share * slopes[after])
    return np.asarray(np.clip(near + rise * (far - near) + curved, np.minimum(near, far), np.maximum(near, far)))


def _slopes(steps: np.ndarray) -> np.ndarray:
    """The slope at every frame: the harmonic mean of the steps beside it, 0 at turning points and at the ends."""
    before, after = steps[:-1], steps[1:]
    total = before + after
    inner = np.where(before * after > 0, 2 * before * after / np.where(total == 0, 1, total), 0)
    ends = np.zeros((2, steps.shape[1]))
    return np.concatenate([ends[:1], inner, ends[1:]]) if len(steps) else ends[:1]
