"""A live conversation: push sound and motion as they come, pull frames on the audio clock.

Shapes: S samples at 16 kHz, T frames, D motion channels.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis.core.clock import FPS, SAMPLE_RATE, frames_of, samples_in
from visavis.core.contract import InputSpec, Interface, StreamingSystem
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.streaming import input_checks
from visavis.streaming.dials import Dials
from visavis.streaming.face import Face
from visavis.streaming.frames import Frames, Strip
from visavis.streaming.gestures import Nod
from visavis.streaming.group import Group
from visavis.streaming.intake import Arrival
from visavis.streaming.latency import Latency
from visavis.streaming.pending_step import DrawnStep, PendingStep
from visavis.streaming.postprocessing import Postprocessing
from visavis.streaming.session_state import Counters, SessionState
from visavis.streaming.snapshot import Snapshot, from_bytes
from visavis.streaming.timeline import Pushed, Track

JUMP_S = 10.0
"""How far a stamp may lie after the clock and all that has come [s]."""


class Session:
    """Frames of the agent while two people talk. Sound and motion may be late, early, in bursts or missing.

    A step is drawn as soon as everything it waits for has come: each input as far as it may reach the step
    (`Interface`), and `patience_s` after that time on the clock without it; then the user counts as not heard or not
    seen, and the agent as silent. Voices are waited for from the start, motion and all else once it came; what stayed
    away for a whole step is waited for again when more comes.

    seed: of the noise, blinks and looks. clock: seconds that never go back. buffer_s: kept in `latency` for input and
    frames that come late; with `patience_s` no larger, lost input does not let the picture stall. agent_lead_s: how far
    ahead of its time the agent's voice comes, for `latency`. rewind_s: how far back an interruption can go. Threads may
    share a session: input never waits while another thread draws.
    """

    def __init__(
        self,
        system: StreamingSystem[Any],
        *,
        seed: int = 0,
        clock: Callable[[], float] = time.monotonic,
        patience_s: float = 0.04,
        buffer_s: float = 0.04,
        agent_lead_s: float = 0.0,
        rewind_s: float = 4.0,
        dials: Dials | None = None,
        group: Group | None = None,
    ) -> None:
        times = {"patience_s": patience_s, "buffer_s": buffer_s, "agent_lead_s": agent_lead_s, "rewind_s": rewind_s}
        for name, seconds in times.items():
            if not (math.isfinite(seconds) and seconds >= 0):
                raise VisavisError(f"{name} is a time of 0 s or more, {seconds} was given")
        _require_live(system.interface)
        self._system, self._seed, self._buffer_s = system, seed, buffer_s
        self._lead = math.floor(agent_lead_s * FPS + 1e-6)
        self._patience, self._rewind = round(patience_s * SAMPLE_RATE), frames_of(rewind_s)
        self._spacing = _spacing(self._rewind, system.interface.hop)
        self._face = Face(system.space, system.mean_face)
        self._group = Group(system, clock) if group is None else group
        self._clock, self._lock = self._group.clock, self._group.lock
        self._origin: float | None = None
        self._drawing: PendingStep | None = None
        self._state = self._fresh(self._allowed(dials or Dials()))
        self._group.join(self)

    def start(self, at: int = 0) -> None:
        """Starts the audio clock, if it does not run yet; else the first push does. at: its place now, in samples.

        Raises `VisavisError` for a place that is none or beyond `JUMP_S`.
        """
        with self._lock:
            self._require_open()
            place = self._placed(at) or 0
            if self._origin is None:
                self._origin = self._clock() - place / SAMPLE_RATE

    def push(
        self,
        user_speech: npt.ArrayLike | None = None,
        agent_speech: npt.ArrayLike | None = None,
        user_motion: Motion | npt.ArrayLike | None = None,
        *,
        at: int | None = None,
        rate: float | Mapping[str, float] = SAMPLE_RATE,
        **others: Motion | npt.ArrayLike | None,
    ) -> Pushed:
        """Takes any amount of sound (S,), float or int16, of the user's motion (T, D), and of whatever else the model
        takes, by its name: sound, motion, or signals (T, width). Says where it put it.

        at: the sample of the audio clock (16 kHz) at which all of this begins, motion at the nearest frame. None: right
        after what came last, or at the first frame that is not drawn yet, if that is later. What is stamped for steps
        that are drawn already is dropped and counted as late.
        rate: of the sound [Hz], or a rate for each input that has another than 16 kHz, 25 fps or that of its `Motion`:
        `rate={"user_speech": 48_000, "agent_speech": 24_000, "user_motion": 30}`. It is resampled as it comes, to the
        bit what the whole recording would be.
        Raises `VisavisError`, and takes nothing, for inputs that the model does not take, rates that are none, motion
        of another space or width, NaN, sound above `bounds.LOUDEST` and motion above
        `bounds.FARTHEST`, stamps out of order or more than `JUMP_S` after the clock and all that has come, and
        after `close`.
        """
        every = {"user_speech": user_speech, "agent_speech": agent_speech, "user_motion": user_motion, **others}
        self._system.interface.require_inputs(rate if isinstance(rate, Mapping) else {})
        given = {name: self._checked(name, value, rate) for name, value in every.items() if value is not None}
        with self._lock:
            self._require_open()
            first = self._state.drawn.end + self._begun
            pushed, self._state = self._state.pushed(given, self._placed(at), first, self._face.space)
            self.start()
            return pushed

    def pull(self) -> Frames:
        """All new frames, possibly none. It draws what is due and waits for nothing."""
        self._group.advance()
        return self.collect()

    def collect(self) -> Frames:
        """What was drawn since the last pull, without drawing more."""
        with self._lock:
            frames, self._state = self._state.emptied(self._face, self._system.interface)
            return frames

    async def frames(
        self, every_s: float = 0.01, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> AsyncIterator[Frames]:
        """New frames as they come, until the session is closed and everything is drawn: `async for frames in ...`.

        Drawing is done in a thread, so that the event loop goes on; where nothing is due it looks again `every_s` later
        [s], after `sleep`. A loop that is cancelled loses no frame.
        """
        while True:
            with self._lock:
                finished, due = self.finished, self._due(self._now())
            if due:
                await asyncio.to_thread(self._group.advance)
            new = self.collect()
            if len(new):
                yield new
            elif finished:
                return
            elif not due:
                await sleep(every_s)

    def interrupt(self, at: int | None = None) -> None:
        """The user barges in: the agent falls silent at the sample `at` of the audio clock (None: `play_head`).

        The agent's speech and the frames from there on are dropped. New ones, which continue what was shown, come with
        the next pull, with the agent silent or saying what is pushed from now on.
        Raises `VisavisError` for a place longer ago than `rewind_s` or more than `JUMP_S` ahead of the clock and all
        that has come, and after `close`.
        """
        with self._lock:
            self._require_open()
            place = self._placed(at)
            place = self.play_head if place is None else place
            self._goes_on(self._state.interrupted(place, self._face.space))

    def nod(self, size_rad: float = 0.12) -> None:
        """One nod of 0.6 s, `size_rad` deep [rad], beginning with the next frame that is drawn.

        Raises `VisavisError` for a size that is no nod, and in a space without head rotation.
        """
        with self._lock:
            self._require_open()
            nod = Nod(self._state.shown.end, self._face.pitch, size_rad)
            self._state = replace(self._state, postprocessing=self._state.postprocessing.with_nod(nod))

    def reset(self) -> None:
        """A new conversation from sample 0 on, with the same seed and dials; its clock starts with the next push."""
        with self._lock:
            self._require_open()
            self._goes_on(self._fresh(self.dials))
            self._origin = None

    def close(self) -> None:
        """No more input comes. What is left is drawn with the next pull, the last step only as far as input reaches."""
        with self._lock:
            if not self.closed:
                self._state = self._state.closed(self._state.drawn.end + self._begun, self._face.space)

    def snapshot(self) -> Snapshot:
        """This moment as a value; `to_bytes` makes of it what can leave the process."""
        with self._lock:
            held = self._state.system_state is None
            state = replace(self._state, system_state=self._group.state_of(self)) if held else self._state
            return Snapshot(state.alone(), self._now(), self._system)

    def restore(self, snapshot: Snapshot | bytes) -> None:
        """Goes on from a snapshot, of this session or of another over the same system: the same future, bit for bit.

        Bytes are those of a session over the same weights and options, in any process. The clock goes on from where it
        was. Raises `VisavisError` for a snapshot over another system, and for bytes that are damaged.
        """
        if isinstance(snapshot, bytes):
            snapshot = from_bytes(snapshot, self._system, self._fresh(Dials()))
        if snapshot.system is not self._system:
            raise VisavisError("the snapshot belongs to another system; restore it in a session over that one")
        with self._lock:
            self._require_open()
            self._goes_on(snapshot.state)
            self._origin = None if snapshot.now is None else self._clock() - snapshot.now / SAMPLE_RATE

    @property
    def dials(self) -> Dials:
        """How the agent behaves. Newly set dials hold from the next drawn step on and fade in over 0.4 s."""
        return self._state.postprocessing.newest

    @dials.setter
    def dials(self, dials: Dials) -> None:
        with self._lock:
            self._require_open()
            if self._allowed(dials) != self.dials:
                postprocessing = self._state.postprocessing.with_dials(dials, self._state.shown.end)
                self._state = replace(self._state, postprocessing=postprocessing)

    @property
    def latency(self) -> Latency:
        """How late frames are shown, in parts; the time to draw is that of the last steps."""
        return replace(self._group.latency(self._buffer_s, self._lead), resampling_s=self._state.lag_s)

    @property
    def now(self) -> int | None:
        """The place on the audio clock [samples at 16 kHz]; None before it starts."""
        with self._lock:
            return self._now()

    @property
    def play_head(self) -> int:
        """The sample of the audio clock that is played now, if frames are shown `latency.total_s` after their place.

        At most the end of what is drawn.
        """
        now, latency_s = self._now(), self.latency.total_s
        if now is None:
            return 0
        shown = math.floor((now / SAMPLE_RATE - latency_s) * FPS) + 1
        return samples_in(min(max(shown, 0), self._state.shown.end))

    @property
    def counters(self) -> Counters:
        """What was drawn, lost, late and dropped so far."""
        return self._state.counters

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._state.ended is not None

    @property
    def finished(self) -> bool:
        """Whether it is closed and everything is drawn."""
        return self.closed and not self._due(None)

    def next_step(self, now_s: float) -> PendingStep | None:
        """For the session's group: the step that is due, or None."""
        if not self._due(self._samples(now_s)):
            return None
        self._state = self._state.given_up(self._face.space)
        self._drawing = self._state.next_step(self.dials.reactivity, self._spacing)
        return self._drawing

    def take(self, step: PendingStep, drawn: DrawnStep) -> bool:
        """For the session's group: what was drawn of that step.

        False where an interruption, a reset or a snapshot has come between: the step is drawn again.
        """
        if step is not self._drawing:
            return False
        self._state, self._drawing = self._state.advanced(self._face, step, drawn, self._rewind), None
        return True

    def leave(self, state: Any) -> None:
        """For the session's group: the state, which it holds no more."""
        held = self._state.system_state
        self._state = replace(self._state.alone(), system_state=state if held is None else held)

    def _fresh(self, dials: Dials) -> SessionState:
        interface, width = self._system.interface, self._face.space.width
        labels = {name: np.zeros(0, dtype=np.int64) for name in interface.labels}
        nothing = Strip(0, np.zeros((0, width), dtype=np.float32), labels)
        return SessionState(
            hop=interface.hop,
            tracks=tuple(_track(interface, one, width) for one in interface.inputs),
            system_state=self._system.init_state(1, self._seed),
            postprocessing=Postprocessing(dials, self._seed),
            drawn=nothing,
            shown=nothing,
        )

    def _checked(self, name: str, value: Motion | npt.ArrayLike, rate: float | Mapping[str, float]) -> Arrival:
        """A copy of what was pushed of an input; raises `VisavisError` where it cannot be taken."""
        self._system.interface.require_inputs([name])
        one = self._system.interface.input(name)
        said = rate.get(name) if isinstance(rate, Mapping) else rate if one.kind == "speech" else None
        if one.kind == "motion":
            items = input_checks.checked_motion(name, value, self._face.space)
            return Arrival(items, input_checks.checked_fps(name, value, said))
        if isinstance(value, Motion):
            raise VisavisError(f"{name} is motion, the model takes {one.kind}; give an array")
        if one.kind == "speech":
            return Arrival(input_checks.checked_sound(name, value), input_checks.checked_rate(name, said))
        if said not in (None, FPS):
            raise VisavisError(f"{name} at {said} a second; signals come at {FPS} a second, one for each frame")
        return Arrival(input_checks.checked_signal(name, value, one.width or 0))

    @property
    def _begun(self) -> int:
        """Frames of the step that is being drawn."""
        return 0 if self._drawing is None else self._system.interface.hop

    def _goes_on(self, state: SessionState) -> None:
        """From another place; a step that is being drawn is not wanted any more."""
        self._state, self._drawing = state, None

    def _placed(self, at: int | None) -> int | None:
        """A stamp; raises `VisavisError` where it is none, or farther ahead than is believed."""
        place = input_checks.checked_stamp(at)
        if place is None:
            return None
        known = max(
            self._now() or 0, samples_in(self._state.drawn.end), *(track.reached for track in self._state.tracks)
        )
        if place - known > JUMP_S * SAMPLE_RATE:
            raise VisavisError(
                f"`at` {place} is {(place - known) / SAMPLE_RATE:,.0f} s after the clock and all that has come, at "
                f"most {JUMP_S:g} s are left out at once; it counts samples at 16 kHz from the session's start"
            )
        return place

    def _allowed(self, dials: Dials) -> Dials:
        dials.require_possible(self._face.space, self._system.guidable)
        return dials

    def _due(self, now: int | None) -> bool:
        return self._state.due(now, self._patience)

    def _now(self) -> int | None:
        return self._samples(self._clock())

    def _samples(self, now_s: float) -> int | None:
        return None if self._origin is None else round((now_s - self._origin) * SAMPLE_RATE)

    def _require_open(self) -> None:
        if self.closed:
            raise VisavisError("the session is closed; what is left can be pulled, for more open another")


def _track(interface: Interface, one: InputSpec, width: int) -> Track:
    """An input of which nothing has come; voices are waited for from the start."""
    shapes = {"speech": (), "motion": (width,), "signal": (one.width or 0,)}
    return Track(one, shapes[one.kind], interface.is_own(one), awaited=one.kind == "speech")


def _require_live(interface: Interface) -> None:
    if not interface.live:
        raise VisavisError("this model draws whole recordings, not live; use System.generate")
    if len(interface.people) != 1:
        raise VisavisError(f"a session shows one person, this model moves {len(interface.people)}; use System.generate")


def _spacing(rewind: int, frames: int) -> int:
    """Frames between checkpoints: about as many steps as checkpoints, so that neither keeping nor replaying is dear."""
    return math.ceil(math.sqrt(max(rewind / frames, 1))) * frames
