"""From a session's frames to a sink: converted in rate, stamped on the sound's clock, sent when they are due.

T frames, D channels.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rate import rate
from visavis.core.spaces import MotionSpace
from visavis.wire.sink import Frame, Sink

_IDLE_S = 0.002
_LONGEST_WAIT_S = 0.05


class Outlet:
    """Frames that come at a session's rate go out at `fps`, each stamped with its time on the sound's clock.

    `push` takes what a session has drawn, `pump` sends what is due. One outlet feeds one sink.
    """

    def __init__(self, sink: Sink, space: MotionSpace, fps: float = 60, source_fps: float = 25) -> None:
        self._sink, self._space = sink, space
        self._rate = rate(space, source_fps, fps)
        self._state = self._rate.init_state()
        self._waiting: deque[Frame] = deque()
        self._queued = 0
        self._low, self._high = space.limits()

    @property
    def due_s(self) -> float | None:
        """When the next frame is due on the sound's clock [s]; None while none waits."""
        return self._waiting[0].time_s if self._waiting else None

    def push(self, motion: Motion) -> None:
        """Take the frames that come next. Raises `VisavisError` for another space or rate than was announced."""
        if motion.space is not self._space or rate(self._space, motion.fps, 1).source != self._rate.source:
            raise VisavisError(
                f"the outlet was opened for {self._space.name} at {float(self._rate.source):g} fps, the frames are "
                f"{motion.space.name} at {motion.fps:g} fps; open another"
            )
        frames, self._state = self._rate.step(motion.values, self._state)
        self._queue(frames)

    def pump(self, now_s: float) -> int:
        """Send every frame that is due at `now_s` on the sound's clock [s]; gives how many."""
        sent = 0
        while self._waiting and self._waiting[0].time_s <= now_s:
            self._sink.send(self._waiting.popleft())
            sent += 1
        return sent

    def finish(self) -> None:
        """No more frames will come: those held back for their neighbours wait to be sent, too."""
        self._queue(self._rate.finish(self._state))
        self._state = self._rate.init_state()

    def close(self) -> None:
        """Close the sink; what still waits is dropped."""
        self._waiting.clear()
        self._sink.close()

    def _queue(self, frames: np.ndarray) -> None:
        for values in np.clip(frames, self._low, self._high):
            self._waiting.append(Frame(self._queued, self._rate.target, values, self._space))
            self._queued += 1


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
