"""A live talk from sound to motion: voices into a session, its frames to outlets, the agent's voice to a loudspeaker.

Everything goes by one clock, the session's. A frame k goes out, and the agent's voice of its time is played, `delay_s`
after its place k / 25 s. S samples, T frames.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from visavis.core.clock import FPS, SAMPLE_RATE, samples_in
from visavis.core.contract import StreamingSystem
from visavis.core.errors import VisavisError
from visavis.data.sound import Recording
from visavis.streaming.frames import Frames
from visavis.streaming.session import Session
from visavis.streaming.session_state import Counters
from visavis.wire.outlet import Outlet
from visavis.wire.sound_device import SoundDevices, SoundStream

_AHEAD_S = 2.0
"""How far ahead of its time the agent's voice is pushed."""
_PAUSE_S = 0.004
_UNEVEN_S = 0.02
"""What is added to the latency for devices that hear and say a piece at a time."""
_DRIFT_S = 0.05
"""By how much a loudspeaker may depart from the clock before it is set right."""


class HeardClock:
    """The clock of a microphone [s]: what was heard, and what has passed since, up to the length of what came last.

    So a session keeps step with the microphone for hours, however its clock departs from the machine's.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._heard_s, self._last_s, self._at = 0.0, 0.0, clock()

    def heard(self, seconds: float) -> None:
        """So much has been heard now."""
        with self._lock:
            self._heard_s, self._last_s, self._at = self._heard_s + seconds, seconds, self._clock()

    def __call__(self) -> float:
        """The time on it."""
        with self._lock:
            return self._heard_s + min(self._clock() - self._at, self._last_s)


class Playback:
    """A recording that is played `delay_s` after its time on the clock of a session."""

    def __init__(self, recording: Recording, session: Session, delay_s: float) -> None:
        self._recording, self._session, self._delay_s = recording, session, delay_s
        self._next: int | None = None

    def say(self, count: int) -> np.ndarray:
        """The next samples (count,); silence before the recording and after it."""
        rate, samples = self._recording.rate, self._recording.samples
        due = round(((self._session.now or 0) / SAMPLE_RATE - self._delay_s) * rate)
        if self._next is None or abs(due - self._next) > _DRIFT_S * rate:
            self._next = due
        said, start = np.zeros(count, np.float32), self._next
        low, high = max(start, 0), min(start + count, len(samples))
        if low < high:
            said[low - start : high - start] = samples[low:high]
        self._next = start + count
        return said


@dataclass(frozen=True)
class LiveReport:
    """What a live talk did. frames: drawn. sent: by address. late: drawn after the time at which they were to go out.

    ready_p50_s, ready_p95_s: from a frame's place on the clock until it was drawn. delay_s: until it went out.
    """

    seconds: float
    frames: int
    sent: Mapping[str, int]
    late: int
    ready_p50_s: float
    ready_p95_s: float
    delay_s: float
    counters: Counters

    @property
    def lines(self) -> Sequence[str]:
        """It in words."""
        sent = ", ".join(f"{count} to {address}" for address, count in self.sent.items())
        counters = self.counters
        return (
            f"{self.seconds:.1f} s: {self.frames} frames drawn; sent {sent}",
            f"drawn {self.ready_p50_s * 1000:.0f} ms after their place (p50), {self.ready_p95_s * 1000:.0f} ms (p95), "
            f"shown {self.delay_s * 1000:.0f} ms after it; {self.late} were late",
            f"input: {counters.late} pieces late, {counters.overdue} steps drawn without what they waited for, "
            f"{counters.lost_speech} frames without the user's voice",
        )


@dataclass
class _Feed:
    """A recording on its way into a session."""

    name: str
    recording: Recording
    pushed: int = 0

    @property
    def finished(self) -> bool:
        return self.pushed >= len(self.recording.samples)

    def push(self, session: Session, until_s: float) -> None:
        """As much of it as there is up to a time."""
        stop = min(int(until_s * self.recording.rate), len(self.recording.samples))
        if stop > self.pushed:
            _push(session, self.name, Recording(self.recording.samples[self.pushed : stop], self.recording.rate))
            self.pushed = stop


def _push(session: Session, name: str, sound: Recording) -> None:
    """The sound of one of the two voices, by its name."""
    user = sound.samples if name == "user_speech" else None
    session.push(user, sound.samples if user is None else None, rate=sound.rate)


@dataclass(eq=False)
class LiveTalk:
    """A talk of a user, who is heard by a microphone or from a recording, and an agent with a recorded voice or none.

    microphone, speaker: names of devices, None: the system's. plays: whether the agent's voice is played.
    clock, sleep: seconds that pass, and how to wait for some.
    """

    system: StreamingSystem[Any]
    outlets: Mapping[str, Outlet]
    devices: SoundDevices
    user: Recording | None = None
    agent: Recording | None = None
    seed: int = 0
    microphone: str | None = None
    speaker: str | None = None
    plays: bool = True
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep
    delay_s: float = field(default=0.0, init=False)
    _rate: int = field(default=SAMPLE_RATE, init=False)
    _ready_s: list[np.ndarray] = field(default_factory=list, init=False)
    _sent: dict[str, int] = field(default_factory=dict, init=False)
    _session: Session | None = field(default=None, init=False)
    _problem: VisavisError | None = field(default=None, init=False)
    _stopped: bool = field(default=False, init=False)

    @property
    def begun(self) -> bool:
        """Whether it has started."""
        return self._session is not None

    def run(self, seconds: float | None = None) -> None:
        """Until both recordings have ended, or for so many seconds; with a microphone until `stop`.

        However it ends, devices and outlets are closed. Raises `VisavisError` for devices that cannot be opened.
        """
        with ExitStack() as open_:
            for outlet in self.outlets.values():
                open_.callback(outlet.close)
            heard = HeardClock(self.clock)
            streams: list[SoundStream] = []
            if self.user is None:
                streams.append(self.devices.microphone(self.microphone, lambda samples: self._hear(samples, heard)))
                open_.callback(streams[-1].close)
                self._rate = streams[-1].rate
            self._latency_s()  # The first steps of a process are slow.
            self.delay_s = self._latency_s()
            session = Session(self.system, seed=self.seed, clock=heard if self.user is None else self.clock)
            if self.agent is not None and self.plays:
                say = Playback(self.agent, session, self.delay_s).say
                streams.append(self.devices.speaker(self.speaker, self.agent.rate, say))
                open_.callback(streams[-1].close)
            session.start()
            self._session = session
            for stream in streams:
                stream.start()
            self._go(session, seconds)

    def stop(self) -> None:
        """`run` returns as soon as it looks; from any thread or signal, as often as one likes."""
        self._stopped = True

    def report(self) -> LiveReport:
        """What it did so far."""
        ready = np.concatenate(self._ready_s) if self._ready_s else np.zeros(1)
        p50, p95 = np.quantile(ready, [0.5, 0.95])
        return LiveReport(
            seconds=((self._session.now or 0) if self._session else 0) / SAMPLE_RATE,
            frames=sum(map(len, self._ready_s)),
            sent={address: self._sent.get(address, 0) for address in self.outlets},
            late=int((ready > self.delay_s).sum()) if self._ready_s else 0,
            ready_p50_s=float(p50),
            ready_p95_s=float(p95),
            delay_s=self.delay_s,
            counters=self._session.counters if self._session else Counters(),
        )

    def _go(self, session: Session, seconds: float | None) -> None:
        recordings = {"user_speech": self.user, "agent_speech": self.agent}
        feeds = [_Feed(name, one) for name, one in recordings.items() if one is not None]
        while not self._stopped:
            now_s = (session.now or 0) / SAMPLE_RATE
            over = seconds is not None and now_s >= seconds
            if not session.closed:
                for feed in feeds:
                    until_s = now_s + (_AHEAD_S if feed.name == "agent_speech" else 0)
                    feed.push(session, until_s if seconds is None else min(until_s, seconds))
                if over or (self.user is not None and all(feed.finished for feed in feeds)):
                    session.close()
            self._send(session.pull(), session)
            if self._problem is not None:
                raise self._problem
            if session.finished and all(outlet.due_s is None for outlet in self.outlets.values()):
                return
            self.sleep(_PAUSE_S)

    def _send(self, frames: Frames, session: Session) -> None:
        now_s = (session.now or 0) / SAMPLE_RATE
        if len(frames):
            self._ready_s.append(now_s - (frames.first + np.arange(len(frames))) / FPS)
        for address, outlet in self.outlets.items():
            outlet.push(frames)
            if session.finished:
                outlet.finish()
            self._sent[address] = self._sent.get(address, 0) + outlet.pump(now_s - self.delay_s)

    def _hear(self, samples: np.ndarray, clock: HeardClock) -> None:
        """From the thread of the microphone."""
        clock.heard(len(samples) / self._rate)
        session = self._session
        if session is None or session.closed:
            return
        try:
            session.push(user_speech=samples, rate=self._rate)
        except VisavisError as error:
            self._problem = None if session.closed else error

    def _latency_s(self) -> float:
        """How late frames are to be shown [s], as three steps of silence tell."""
        session, hop = Session(self.system, clock=self.clock), self.system.interface.hop
        for _ in range(3):
            for name, source in (("user_speech", self.user), ("agent_speech", self.agent)):
                rate = source.rate if source is not None else self._rate if name == "user_speech" else SAMPLE_RATE
                silence = np.zeros(-(-samples_in(hop + 1) * rate // SAMPLE_RATE), np.float32)
                _push(session, name, Recording(silence, rate))
            session.pull()
        return session.latency.total_s + _UNEVEN_S
