"""One conversation: what a client sent goes into a session; what the session draws and the agent says goes out.

All of it happens in the thread that steps, but for `receive` and `outbox`. Places are samples at 16 kHz of the session;
the agent's clock, which the client knows, is `base` later.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from visavis.core.clock import FPS, SAMPLE_RATE, frames_in, samples_in
from visavis.core.contract import StreamingSystem
from visavis.core.errors import VisavisError
from visavis.streaming.blend import Blend
from visavis.streaming.frames import Frames
from visavis.streaming.session import Session
from visavis.wire.agents.agent import VoiceAgent
from visavis.wire.server import records
from visavis.wire.server.answering import Answering
from visavis.wire.server.hearing import Detector
from visavis.wire.server.limits import MOST_ERRORS
from visavis.wire.server.listening import Listening, as_float, checked_sound
from visavis.wire.server.metrics import Metrics
from visavis.wire.server.noticing import Noticing
from visavis.wire.server.outbox import Ending, Outbox, Outgoing
from visavis.wire.server.protocol import (
    Audio,
    Close,
    FaceFrames,
    Kind,
    Message,
    ProtocolError,
    Reason,
    audio_body,
    frames_body,
)
from visavis.wire.server.settings import ServerSettings
from visavis.wire.server.sources import Stream
from visavis.wire.server.speaking import Said, Speaker

MOST_WAITING = 1024
_OVER, _OVER_OF = 8, 12
"""So many frames of the user's voice, among the last so many, interrupt the agent: 0.32 s."""
_AFTER = 8
"""Frames that a voice counts as speaking after it was heard."""
_REPORT_S = 2.0
_BUFFER_S = 0.2
"""Of the client's own sound so much must be there before the agent says it."""
_TRUSTED_S = 2.0
"""How long after a client has said where it is, that is believed."""


@dataclass(frozen=True)
class Stage:
    """A model as conversations are held with it: its name, the system, and how to begin a session."""

    model: str
    system: StreamingSystem[Any]
    join: Callable[[], Session]


@dataclass(frozen=True)
class Choices:
    """What the client has chosen, beside the model and the dials."""

    voice: str
    avatar: str = ""
    half_duplex: bool = False
    barge_in: bool = True
    echo_s: float = 0.0
    voice_agent: bool = False


class Connected(Protocol):
    """A connection as its conversation sees it."""

    def wake(self) -> None:
        """There is something to send."""
        ...

    def end(self, ending: Ending) -> None:
        """The connection ends, the conversation does not."""
        ...


class Conversation:
    """A client's conversation, which outlives its connection for a while. token: the key to it."""

    def __init__(
        self,
        token: str,
        stage: Stage,
        choices: Choices,
        detector: Detector[Any],
        settings: ServerSettings,
        metrics: Metrics,
        clock: Callable[[], float],
    ) -> None:
        self.token, self.stage, self.choices = token, stage, choices
        self._clock = clock
        self.outbox = Outbox()
        self.wanted: str | None = None
        """The model that the client asked for and that is not there yet."""
        self._link: Connected | None = None
        self._left_s: float | None = None
        self._bad = self._dropped = 0
        self._inbox, self._heard = deque[tuple[Message, float]](), list[np.ndarray]()
        self._detector, self._settings, self._metrics = detector, settings, metrics
        self._began_s = self._active_s = self._reported_s = clock()
        self.base, self._blend = 0, Blend(0, np.zeros(stage.system.space.width))
        self._last: np.ndarray | None = None
        self._played: tuple[int, float] | None = None
        self.echo: Stream | None = None
        self.answering: Answering | None = None
        self._speaking = {"user": False, "agent": False}
        self._enter(stage)

    def _enter(self, stage: Stage, at: int = 0) -> None:
        """A session of a model begins, whose clock is at `at` now."""
        self.stage, self.session = stage, stage.join()
        self.session.start(at)
        self.speaker = Speaker(self.session, self._settings.lead_s)
        self.user = Listening(self.session, stage.system, self._detector)
        self._noticing = Noticing(stage.system.space)
        self._audible_since: int | None = None
        self._listened = (-1, -1)
        self._continues, self._drawn, self._late_s = False, 0, self.session.latency.total_s

    # Any thread

    def attach(self, link: Connected) -> None:
        """A client is connected; one that was before makes way."""
        before, self._link, self._left_s, self._bad = self._link, link, None, 0
        self.outbox.attach(link.wake)
        if before is not None:
            before.end(Ending(Close.TAKEN_OVER, "another connection goes on with this conversation"))

    def detach(self, link: Connected, now_s: float) -> None:
        """The client is gone; it may come back."""
        if self._link is link:
            self._link, self._left_s = None, now_s
            self.outbox.attach(None)

    def receive(self, message: Message, now_s: float) -> None:
        """A message for the thread that steps; dropped and counted where it has not come round for long."""
        if len(self._inbox) >= MOST_WAITING:
            self._metrics.lost.inc()
            return
        self._inbox.append((message, now_s))

    def tell(self, record: records.Event, stamp: int | None = None) -> None:
        """An event for the client, at a sample of the agent's clock, or now."""
        self.outbox.put(Outgoing(Kind.EVENT, self.agent_now if stamp is None else stamp, records.to_json(record)))

    def complain(self, error: VisavisError) -> None:
        """An error event."""
        reason = error.reason if isinstance(error, ProtocolError) else Reason.BAD_VALUE
        self._metrics.errors.labels(reason.name.lower()).inc()
        self.tell(records.Error(reason.name.lower(), " ".join(str(error).split())[:500]))

    def end(self, close: Close, text: str) -> None:
        """It is over."""
        self.outbox.end(Ending(close, text))

    # The thread that steps

    def leave(self) -> None:
        """Its session is drawn no more, and nobody answers in it."""
        self.answer_by(None)
        if not self.session.closed:
            leave(self.session)

    def answer_by(self, agent: VoiceAgent | None) -> None:
        """A voice agent answers the user from now on, None: nobody does; one that did before makes way."""
        if self.answering is not None:
            self.answering.close()
        self.answering = None if agent is None else Answering(agent)

    @property
    def agent_now(self) -> int:
        """The agent's clock."""
        return self.base + (self.session.now or 0)

    @property
    def play_head(self) -> int:
        """The place in the session that the client hears and sees now, as it says or as latency tells."""
        now_s = self._clock()
        if self._played is not None and now_s - self._played[1] < _TRUSTED_S:
            at, when = self._played
            return max(0, at - self.base + round((now_s - when) * SAMPLE_RATE))
        shown = frames_in(max(0, (self.session.now or 0) - round(self._late_s * SAMPLE_RATE))) + 1
        return samples_in(min(shown, self._drawn))

    def played(self, at: int) -> None:
        """The client is at a sample of the agent's clock. Raises `ProtocolError` for one that is in the future."""
        if not 0 <= at <= self.agent_now + SAMPLE_RATE:
            raise ProtocolError(Reason.BAD_VALUE, f"played {at}: the agent's clock is at {self.agent_now}")
        self._played = (at, self._clock())

    def take(self, obey: Callable[[Conversation, records.Control], None]) -> None:
        """What has come since. obey: carries out a control. What cannot be used is told to the client."""
        while self._inbox:
            message, came_s = self._inbox.popleft()
            try:
                if message.kind is Kind.USER_SPEECH:
                    muted = self.choices.half_duplex and self._audible_since is not None
                    sound = self.user.hear(message, came_s, muted)
                    if self.echo is not None:
                        self.echo.put(sound, self._clock())
                    self._heard.append(sound)
                elif message.kind is Kind.USER_FACE:
                    self.user.see(message)
                elif message.kind is Kind.AGENT_SOUND:
                    audio = checked_sound(message)
                    self.speaker.stream(_BUFFER_S, audio.rate).put(as_float(audio.samples), self._clock())
                elif message.kind is Kind.CONTROL:
                    control = records.from_json(message.body, records.CONTROLS)
                    if not isinstance(control, (records.Played, records.Ping)):
                        self._active_s = self._clock()
                    obey(self, control)
                else:
                    raise ProtocolError(Reason.BAD_MESSAGE, f"{message.kind.name} is not sent by a client")
                self._bad = 0
            except VisavisError as error:
                self.complain(error)
                self._bad += 1
                if self._bad >= MOST_ERRORS and self._link is not None:
                    self._link.end(Ending(Close.TOO_MANY_ERRORS, f"{MOST_ERRORS} messages in a row could not be used"))

    def catch_up(self) -> None:
        """Where drawing is a second behind (a machine with too much to do, a clock that jumped) it goes on from now,
        with what the agent says and nothing remembered: what is drawn late makes all that follows later."""
        behind = frames_in(self.session.now or 0) - self._drawn
        if behind > FPS + 2 * self.stage.system.interface.hop:
            self._metrics.skipped.inc(behind)
            self.move(self.stage, goes_on=True)

    def advance(self) -> None:
        """What the agent says goes on; the user's voice may interrupt it; what is over ends."""
        now, now_s = self.session.now or 0, self._clock()
        if self.answering is not None:
            self.answering.hear(np.concatenate([np.zeros(0, np.float32), *self._heard]), self.user.ear.speaking)
            for told in self.answering.advance(self.speaker):
                self.tell(told) if isinstance(told, records.Heard) else self.complain(told)
        self._heard.clear()
        try:
            for said in self.speaker.feed(now, self.user.clock.end, now_s):
                self._send(said)
        except VisavisError as error:
            self.complain(error)
        if self.user.wait(now) and self.answering is not None:
            self.answering.hear(np.zeros(SAMPLE_RATE, np.float32), speaking=False)
        if (frames_in(now), self.user.ear.frame) != self._listened:
            self._listened = frames_in(now), self.user.ear.frame
            self._listen_to_both(now)
        if now_s - self._reported_s >= _REPORT_S:
            self._report(now_s)
        if self.user.ear.speaking or self._speaking["agent"] or self.speaker.busy:
            self._active_s = now_s
        if now_s - self._active_s > self._settings.idle_s:
            self.end(Close.IDLE, f"nobody said anything for {self._settings.idle_s:g} s")
        if now_s - self._began_s > self._settings.longest_s:
            self.end(Close.TIME_IS_UP, f"a conversation lasts {self._settings.longest_s:g} s at most")
        if self._left_s is not None and now_s - self._left_s > self._settings.reconnect_s:
            self.end(Close.NORMAL, "the client did not come back")

    def show(self, frames: Frames) -> None:
        """What the session has drawn goes out."""
        if not len(frames):
            return
        first, stop = frames.first, frames.first + len(frames)
        if self._continues and self._last is not None:
            self._blend = Blend(first, self._last - frames.values[0].astype(np.float64))
        self._continues = False
        values = frames.values + self._blend.at(first, len(frames))
        low, high = frames.space.limits()
        frames = replace(frames, values=np.clip(values, low, high).astype(np.float32))
        agent = self.speaker.tape.active(first, stop)
        states = self._noticing.states(frames, self.user.ear.active(first, stop), agent)
        heard = self.user.heard(stop)
        age_s = None if heard is None else self.user.arrivals.shown(heard, self._clock())
        if age_s is not None:
            self._metrics.reaction.observe(age_s)
        body = frames_body(FaceFrames(frames.values, heard, states))
        self.outbox.put(Outgoing(Kind.FRAMES, self.base + frames.stamp, body))
        self._metrics.frames.inc(len(frames))
        for one in self._noticing.notice(frames, states, agent):
            told = records.Reaction(one.name) if one.state is None else records.State(one.name, one.state)
            self.tell(told, self.base + samples_in(one.frame))
        self._last, self._drawn = frames.values[-1].astype(np.float64), stop

    def interrupt(self, at: int, by: str) -> None:
        """The agent stops at a place; what it said and showed from there on is taken back."""
        place = -(-max(at, 0) // samples_in(1)) * samples_in(1)
        place = min(place, max(self.speaker.end, samples_in(frames_in(self.session.now or 0) + 1)))
        try:
            fading = self.speaker.interrupt(place)
        except VisavisError:  # longer ago than the session remembers
            place = -(-self.session.play_head // samples_in(1)) * samples_in(1)
            fading = self.speaker.interrupt(place)
        self._silence_echo()
        if self.answering is not None:
            self.answering.interrupt(self.base + place)
        self.outbox.take_back(self.base + place)
        if fading is not None:
            self._send(fading)
        if by == "client" or self._audible_since is not None:
            self.tell(records.Interrupted(by), self.base + place)
        self._audible_since = None

    def move(self, stage: Stage, *, goes_on: bool) -> None:
        """To another session: of another model, in which the agent goes on saying what it says, or anew."""
        old, speaker, user = self.session, self.speaker, self.user
        now = old.now or 0
        at = samples_in(frames_in(now))
        self._enter(stage, now - at)
        self.user = user.moved(self.session, stage.system)
        self.base += at
        self._continues = goes_on
        self._blend = Blend(0, np.zeros(stage.system.space.width))
        try:
            self.session.dials = old.dials
        except VisavisError as error:
            self.complain(error)
        self.outbox.take_back(self.base)
        if goes_on:
            self.speaker, said = speaker.moved(self.session, self._settings.lead_s, at)
            if said is not None:
                self._send(said)
        else:
            speaker.drop()
            self._silence_echo()
        leave(old)

    def _silence_echo(self) -> None:
        """What was to be said is dropped, and with it the echo."""
        self.echo, self.choices = None, replace(self.choices, echo_s=0.0)

    def _listen_to_both(self, now: int) -> None:
        """Who speaks now, and whether the user speaks over the agent."""
        frame, play = frames_in(now), frames_in(self.play_head)
        audible = bool(self.speaker.tape.active(max(play - _AFTER, 0), play + 1).any())
        if not audible:
            self._audible_since = None
        elif self._audible_since is None:
            self._audible_since = self.user.ear.frame
        agent = bool(self.speaker.tape.active(max(frame - _AFTER, 0), frame + 1).any())
        for who, speaking in (("user", self.user.ear.speaking), ("agent", agent)):
            if speaking != self._speaking[who]:
                self._speaking[who] = speaking
                self.tell(records.Turn(who, speaking))
        since = self._audible_since
        if self.answering is not None:
            awaited = self.answering.since(self.base + self.play_head, self.user.ear.frame)
            since = awaited if since is None else since
        if since is None or not self.choices.barge_in or self.choices.echo_s or not self.user.ear.speaking:
            return
        goes_on = self._audible_since is None or self.speaker.busy
        goes_on = goes_on or bool(self.speaker.tape.active(play, play + FPS).any())
        since = max(since, self.user.ear.frame - _OVER_OF)
        if goes_on and self.user.ear.active(since, self.user.ear.frame).sum() >= _OVER:
            self.interrupt(samples_in(play + 1), "user")
            self._metrics.interruptions.inc()

    def _report(self, now_s: float) -> None:
        told, (p50, p95) = self.session.latency, self.user.arrivals.quantiles()
        self.tell(
            records.Latency(
                algorithmic_s=round(told.algorithmic_s, 4),
                compute_p50_s=round(told.compute_p50_s, 4),
                compute_p95_s=round(told.compute_p95_s, 4),
                buffer_s=round(told.buffer_s, 4),
                reaction_p50_s=round(p50, 4),
                reaction_p95_s=round(p95, 4),
                dropped=self.outbox.dropped,
            )
        )
        self._reported_s, self._late_s = now_s, told.total_s
        self._metrics.dropped.inc(self.outbox.dropped - self._dropped)
        self._dropped = self.outbox.dropped

    def _send(self, said: Said) -> None:
        if self.answering is not None:
            self.answering.placed(said, self.base)
        stamp = self.base + said.start
        if said.end is not None:
            self.tell(records.Speech(said.text, self.base + said.end), stamp)
        samples = np.round(np.clip(said.sound, -1, 1) * 32767).astype(np.int16)
        self.outbox.put(Outgoing(Kind.AGENT_SPEECH, stamp, audio_body(Audio(samples, SAMPLE_RATE))))


def leave(session: Session) -> None:
    """A session is wanted no more; nothing of it is drawn any more."""
    session.reset()
    session.close()
