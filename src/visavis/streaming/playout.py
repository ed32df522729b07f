"""Showing frames at an even pace though they come unevenly. T frames, D motion channels."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from visavis.core.clock import FPS, samples_in
from visavis.core.errors import VisavisError
from visavis.core.rotations import from_quaternion, slerp, to_quaternion
from visavis.core.spaces import MotionSpace
from visavis.streaming.frames import Frames

_REMEMBERED = 50
"""Arrivals from which an adaptive delay is told."""


@dataclass(frozen=True)
class PlayoutCounters:
    """Frames shown, frames whose time passed without being asked for, and times of frames that were not there."""

    shown: int = 0
    dropped: int = 0
    stalled: int = 0


class Playout:
    """Frames in, the one that is due now out: 25 a second, from `delay_s` after the first of them came.

    Later frames replace earlier ones from their first on. When nothing is due the last frame is held.
    smooth: for displays of other rates: on the way from the frame before to the one that is due, weights in a straight
    line, rotations along the arc, so that every call gives the motion of its very moment, one frame (0.04 s) later.
    max_delay_s: lets the delay grow up to this when frames come later than `delay_s` after their time, and shrink
    again (None: the delay is fixed). clock: seconds that never go back.
    Raises `VisavisError` for a delay below 0 or above the greatest.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        delay_s: float = 0.08,
        max_delay_s: float | None = None,
        smooth: bool = False,
    ) -> None:
        if not 0 <= delay_s <= (math.inf if max_delay_s is None else max_delay_s):
            raise VisavisError(f"a delay lies between 0 s and the greatest; {delay_s} and {max_delay_s} were given")
        self._clock, self._least_s, self._most_s = clock, delay_s, max_delay_s
        self.delay_s = delay_s
        self._smooth = smooth
        self.counters = PlayoutCounters()
        self._origin: float | None = None
        self._waiting: dict[int, np.ndarray] = {}
        self._last: np.ndarray | None = None
        self._before: np.ndarray | None = None
        self._space: MotionSpace | None = None
        self._next = 0
        self._late_s: deque[float] = deque(maxlen=_REMEMBERED)

    def put(self, frames: Frames) -> None:
        """Takes what a session gave; frames whose time has passed are dropped when the next is asked for."""
        if not len(frames):
            return
        self._space = frames.space
        if self._origin is None:
            self._origin, self._next = self._clock() - frames.first / FPS, frames.first
        self._waiting = {number: frame for number, frame in self._waiting.items() if number < frames.first}
        self._waiting |= {frames.first + number: frame for number, frame in enumerate(frames.values)}
        self._late_s.append(self._clock() - self._origin - frames.first / FPS)
        if self._most_s is not None:
            needed = float(np.quantile(self._late_s, 0.95))
            self.delay_s = min(max(needed, self._least_s), self._most_s)

    def frame(self) -> np.ndarray | None:
        """The frame (D,) to show now; None before the first is due. Ask as often as the display shows one."""
        position = self._position()
        due = math.floor(position)
        if due >= self._next:
            self._go_to(due)
        if not self._smooth or self._last is None or self._before is None or self._space is None:
            return self._last
        return _between(self._space, self._before, self._last, min(position - (self._next - 1), 1.0))

    def _go_to(self, due: int) -> None:
        """To the frame that is due, or the last before it that is there."""
        passed = [number for number in self._waiting if number <= due]
        fresh = [number for number in passed if number >= self._next]
        self.counters = replace(
            self.counters,
            shown=self.counters.shown + bool(fresh),
            dropped=self.counters.dropped + len(passed) - bool(fresh),
            stalled=self.counters.stalled + (due not in self._waiting),
        )
        newest = self._waiting[max(fresh)] if fresh else self._last
        self._before = self._waiting.get(due - 1, self._last if self._last is not None else newest)
        self._last = newest
        self._waiting = {number: frame for number, frame in self._waiting.items() if number > due}
        self._next = due + 1

    def cut(self) -> int:
        """Drops what is not shown yet, for `session.interrupt(at=playout.cut())`; gives `head`."""
        self._waiting = {}
        return self.head

    @property
    def head(self) -> int:
        """The sample of the audio clock up to which frames were shown."""
        return samples_in(self._next)

    def _position(self) -> float:
        """The number of the frame whose time has come last, and what has passed since of the time until the next."""
        if self._origin is None:
            return -1
        return (self._clock() - self._origin - self.delay_s) * FPS + 1e-6


def _between(space: MotionSpace, before: np.ndarray, after: np.ndarray, share: float) -> np.ndarray:
    """The motion (D,) that lies `share` of the way from one frame to the next, float32."""
    values = before + share * (after.astype(np.float64) - before)
    for rotation in space.rotations:
        columns = list(rotation.channels)
        start, end = (to_quaternion(frame[columns], rotation.form) for frame in (before, after))
        values[columns] = from_quaternion(slerp(start, end, np.array(share)), rotation.form)
    return np.asarray(values, dtype=np.float32)
