"""From a session's frames to a sink: converted in rate, stamped on the sound's clock, sent when they are due.

T frames, D channels.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rate import RateState, rate
from visavis.core.spaces import MotionSpace
from visavis.streaming.frames import Frames, Strip
from visavis.wire.sink import Frame, Sink

_IDLE_S = 0.002
_LONGEST_WAIT_S = 0.05
_KEPT = 4
"""Frames that came and are kept before the next to be sent, to go back to: those that its values depend on."""


class Outlet:
    """Frames that come at a session's rate go out at `fps`, each stamped with its time on the sound's clock.

    `push` takes what a session has drawn, `pump` sends what is due. One outlet feeds one sink.
    """

    def __init__(self, sink: Sink, space: MotionSpace, fps: float = 60, source_fps: float = 25) -> None:
        self._sink, self._space = sink, space
        self._rate = rate(space, source_fps, fps)
        self._state = self._rate.init_state()
        self._came = Strip(0, np.zeros((0, space.width), np.float32), {"state": np.zeros(0, np.str_)})
        self._waiting: deque[Frame] = deque()
        self._sent = 0
        self._low, self._high = space.limits()

    @property
    def due_s(self) -> float | None:
        """When the next frame is due on the sound's clock [s]; None while none waits."""
        return self._waiting[0].time_s if self._waiting else None

    def push(self, frames: Motion | Frames) -> None:
        """Take a session's frames, which replace those from their first on, or motion that comes next.

        What was replaced and has not been sent is never sent. Frames that are missing are left out.
        Raises `VisavisError` for another space or rate than was announced.
        """
        motion = frames.motion if isinstance(frames, Frames) else frames
        if motion.space is not self._space or rate(self._space, motion.fps, 1).source != self._rate.source:
            raise VisavisError(
                f"the outlet was opened for {self._space.name} at {float(self._rate.source):g} fps, the frames are "
                f"{motion.space.name} at {motion.fps:g} fps; open another"
            )
        if isinstance(frames, Frames) and len(frames) and frames.first != self._came.end:
            self._go_to(frames.first)
        told = np.full(len(motion), "") if motion.state is None else motion.state
        self._came = self._came.followed_by(motion.values, {"state": told})
        self._queue(self._rate.step(motion.values, self._state))

    def pump(self, now_s: float) -> int:
        """Send every frame that is due at `now_s` on the sound's clock [s]; gives how many."""
        sent = 0
        while self._waiting and self._waiting[0].time_s <= now_s:
            frame = self._waiting.popleft()
            self._sink.send(frame)
            self._sent = frame.number + 1
            sent += 1
        self._came = self._came.since(math.floor(self._sent * self._rate.source / self._rate.target) - _KEPT)
        return sent

    def finish(self) -> None:
        """No more frames will come: those held back for their neighbours wait to be sent, too."""
        self._begin(self._came.end)

    def close(self) -> None:
        """Close the sink; what still waits is dropped."""
        self._waiting.clear()
        self._sink.close()

    def _go_to(self, first: int) -> None:
        """The next frame is number `first`: those from there on are taken back, those up to there are missing."""
        if first > self._came.end or first < self._came.first:
            self._begin(first)
        else:
            self._came = self._came.until(first)
            self._state = self._rate.state_after(self._came.values, self._came.first)
        self._waiting = deque(frame for frame in self._waiting if frame.number < self._state.sent)

    def _begin(self, first: int) -> None:
        """From the frame `first` on, whatever was before; that is sent as far as it is known."""
        if first >= self._came.end:
            self._queue((self._rate.finish(self._state), self._state))
        self._came = replace(self._came.until(self._came.first), first=first)
        self._state = self._rate.state_after(self._came.values, first)

    def _queue(self, stepped: tuple[np.ndarray, RateState]) -> None:
        """Frames that follow those of before wait, but for those whose turn to be sent has passed."""
        frames, after = stepped
        begun = self._rate.shown_in(np.arange(len(frames)) + self._state.sent, self._came.end - 1)
        for number, values in enumerate(np.clip(frames, self._low, self._high), self._state.sent):
            if number >= self._sent:
                state = self._came.labels["state"][begun[number - self._state.sent] - self._came.first]
                self._waiting.append(Frame(number, self._rate.target, values, self._space, str(state) or None))
        self._state = after


def play(
    motion: Motion,
    outlets: Sequence[Outlet],
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Send motion to outlets in real time, and close them. `now` is the clock [s] that the sound is played by."""
    try:
        for outlet in outlets:
            outlet.push(motion)
            outlet.finish()
        start = now()
        while waiting := [outlet.due_s for outlet in outlets if outlet.due_s is not None]:
            wait = min(waiting) - (now() - start)
            if wait > 0:
                sleep(min(max(wait, _IDLE_S), _LONGEST_WAIT_S))
            for outlet in outlets:
                outlet.pump(now() - start)
    finally:
        for outlet in outlets:
            outlet.close()
