"""A face beside a voice agent that others run: both voices as they pass by in, frames out, all by one clock.

S samples at 16 kHz unless a rate is named.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis.core.clock import SAMPLE_RATE, frames_in, samples_in
from visavis.core.contract import StreamingSystem
from visavis.core.errors import VisavisError
from visavis.streaming.frames import Frames
from visavis.streaming.session import Session
from visavis.wire.server.sources import Stream
from visavis.wire.server.speaking import Speaker

LEAD_S = 0.06
"""How far ahead the agent's silence is decided: its voice begins so much later than it came."""
BUFFER_S = 0.02
PATIENCE_S = 0.06
_LONGEST_S = 600.0


class AgentFace:
    """The face of one agent in one conversation. Threads may share it; `pull` draws, all else returns at once.

    The agent's voice is said from the moment it comes, what comes faster than it is played after that. clock: seconds
    that pass. seed: another seed, another performance.
    """

    def __init__(
        self,
        system: StreamingSystem[Any],
        *,
        seed: int = 0,
        clock: Callable[[], float] = time.monotonic,
        lead_s: float = LEAD_S,
    ) -> None:
        self.system, self._clock, self._lead_s = system, clock, lead_s
        self._lock = threading.Lock()
        self.session = Session(
            system, seed=seed, clock=clock, patience_s=PATIENCE_S, buffer_s=PATIENCE_S, agent_lead_s=lead_s
        )
        self.session.start()
        self._speaker = Speaker(self.session, lead_s)
        self._held: np.ndarray | None = None
        self._user_end = 0

    @property
    def now(self) -> int:
        """The place on the clock."""
        return self.session.now or 0

    def hear(self, samples: npt.NDArray[np.int16], rate: int) -> None:
        """The next of the user's voice (S,) at `rate`, as it comes. Raises `VisavisError` for what is no sound."""
        if len(samples):
            pushed = self.session.push(user_speech=as_float(samples), rate={"user_speech": rate})
            self._user_end = pushed.end["user_speech"]

    def say(self, samples: npt.NDArray[np.int16], rate: int) -> None:
        """The next of the agent's voice (S,) at `rate`, when it begins to be played or before.

        Raises `VisavisError` for what is no sound, and where ten minutes wait already.
        """
        if not len(samples):
            return
        with self._lock:
            if self._held is None:
                self._stream(rate).put(as_float(samples), self._clock())
                self._feed()
            else:
                stream = Stream(0.0, rate, longest_s=_LONGEST_S)
                stream.put(as_float(samples), self._clock())
                stream.end()
                more = stream.take(int(_LONGEST_S * SAMPLE_RATE), self._clock())
                self._held = np.concatenate([self._held, more])

    def interrupt(self) -> int:
        """The agent is silent from now on, whatever was to be said; gives from which sample on frames are replaced."""
        with self._lock:
            self._held = None
            return self._cut()

    def pause(self) -> int:
        """The agent stops where it is, and `resume` goes on from there; gives from where on frames are replaced."""
        with self._lock:
            if self._held is not None:
                return self.now
            at = _next_frame(self.now)
            tape = self._speaker.tape
            left = [tape.between(at, tape.end)]
            while len(piece := self._speaker.waiting(SAMPLE_RATE, self._clock())):
                left.append(piece)
            self._held = np.concatenate(left)
            return self._cut()

    def resume(self) -> None:
        """The agent goes on with what it was saying."""
        with self._lock:
            held, self._held = self._held, None
            if held is not None and len(held):
                self._stream(SAMPLE_RATE).put(held, self._clock())
                self._feed()

    def pull(self) -> Frames:
        """All new frames, possibly none; they replace those from their first on."""
        with self._lock:
            self._feed()
        return self.session.pull()

    def close(self) -> None:
        """It is drawn no more."""
        self.session.reset()
        self.session.close()

    def _stream(self, rate: int) -> Stream:
        return self._speaker.stream(BUFFER_S, rate, _LONGEST_S)

    def _feed(self) -> None:
        self._speaker.feed(self.now, self._user_end, self._clock())

    def _cut(self) -> int:
        at = _next_frame(self.now)
        at = min(at, max(self._speaker.end, samples_in(frames_in(self.now) + 1)))
        try:
            self._speaker.interrupt(at)
        except VisavisError:  # nothing of it is drawn yet, or it lies too far back
            at = self.session.play_head
            self._speaker.interrupt(at)
        return at


def as_float(samples: npt.NDArray[np.int16]) -> np.ndarray:
    """Sound (S,) int16 as float32 in [-1, 1)."""
    return np.asarray(samples, np.int16).astype(np.float32) / np.float32(32768)


def mono(data: bytes | memoryview, channels: int) -> npt.NDArray[np.int16]:
    """Interleaved 16-bit sound of several channels as one (S,) int16. Raises `VisavisError` where it does not fit."""
    if channels < 1 or len(data) % (2 * channels):
        raise VisavisError(f"{len(data)} bytes are no 16-bit sound of {channels} channels")
    samples = np.frombuffer(data, "<i2").reshape(-1, channels)
    return samples[:, 0] if channels == 1 else np.round(samples.mean(axis=1)).astype(np.int16)


def _next_frame(sample: int) -> int:
    return samples_in(frames_in(sample) + 1)
