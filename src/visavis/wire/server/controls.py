"""What a client asks of its conversation, carried out in the thread that steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import fields, replace

import numpy as np

from visavis.core.errors import unknown
from visavis.streaming.dials import Dials
from visavis.wire.agents.agent import Voice, VoiceAgent
from visavis.wire.server import records
from visavis.wire.server.conversation import Conversation
from visavis.wire.server.protocol import Close, ProtocolError, Reason
from visavis.wire.server.sources import Line, Stream
from visavis.wire.server.voices import BoxVoice, VoiceBox

DIALS = tuple(field.name for field in fields(Dials))
ECHO_S = (0.5, 10.0)
_CHOICES = ("avatar", "half_duplex", "barge_in", "voice_agent")


class Controls:
    """How controls are carried out. voices: who speaks lines. samples: recordings (S,) by name. models: those that may
    be asked for. agents: makes a voice agent, which may use the voice that it is given; None: there is none."""

    def __init__(
        self,
        voices: VoiceBox,
        samples: Mapping[str, np.ndarray],
        models: tuple[str, ...],
        agents: Callable[[Voice], VoiceAgent] | None = None,
    ) -> None:
        self.voices, self.samples, self.models, self._agents = voices, samples, models, agents

    @property
    def voice_agent(self) -> bool:
        """Whether there is a voice agent."""
        return self._agents is not None

    def obey(self, conversation: Conversation, control: records.Control) -> None:
        """Carries it out. Raises `VisavisError` where that is not possible; then nothing has changed."""
        if isinstance(control, records.Say):
            self.say(conversation, control.text, control.voice)
        elif isinstance(control, records.Sample):
            self._play(conversation, control.name)
        elif isinstance(control, records.Interrupt):
            at = conversation.play_head if control.at is None else control.at - conversation.base
            conversation.interrupt(at, "client")
        elif isinstance(control, records.Played):
            conversation.played(control.at)
        elif isinstance(control, records.Settings):
            self._set(conversation, control)
        elif isinstance(control, records.Default):
            self._default(conversation, control.dial)
        elif isinstance(control, records.Face):
            conversation.user.face.announce(control.names)
        elif isinstance(control, records.Nod):
            conversation.session.nod(control.size_rad)
        elif isinstance(control, records.Reset):
            conversation.move(conversation.stage, goes_on=False)
            if conversation.answering is not None:
                self._answer(conversation)
        elif isinstance(control, records.Ping):
            conversation.tell(records.Pong(control.sent))
        else:
            conversation.end(Close.NORMAL, "bye")

    def say(self, conversation: Conversation, text: str, voice: str | None = None) -> None:
        """The agent says a text, by its voice agent where that answers and no voice is named.

        Raises `VisavisError` for one without words, or where too much waits.
        """
        if voice is not None and voice not in self.voices.names:
            raise _unknown("voice", voice, self.voices.names)
        if voice is None and conversation.answering is not None:
            conversation.answering.agent.say(text)
            return
        for line in self.voices.say(text, voice or conversation.choices.voice):
            conversation.speaker.add(line)

    def settings(self, conversation: Conversation) -> records.Settings:
        """How everything is set."""
        choices, dials = conversation.choices, conversation.session.dials
        return records.Settings(
            model=conversation.wanted or conversation.stage.model,
            voice=choices.voice,
            avatar=choices.avatar,
            half_duplex=choices.half_duplex,
            barge_in=choices.barge_in,
            echo_s=choices.echo_s,
            voice_agent=choices.voice_agent,
            expressiveness=dials.expressiveness,
            reactivity=dials.reactivity,
            head_motion=dials.head_motion,
            blinks_per_minute=dials.blinks_per_minute,
            eye_contact=dials.eye_contact,
        )

    def _play(self, conversation: Conversation, name: str) -> None:
        if name not in self.samples:
            raise _unknown("sample", name, self.samples)
        sound: Future[np.ndarray] = Future()
        sound.set_result(self.samples[name])
        conversation.speaker.add(Line(name, sound))

    def _set(self, conversation: Conversation, asked: records.Settings) -> None:
        if asked.model is not None and asked.model not in self.models:
            raise _unknown("model", asked.model, self.models)
        if asked.voice is not None and asked.voice not in self.voices.names:
            raise _unknown("voice", asked.voice, self.voices.names)
        if asked.voice_agent and not self.voice_agent:
            raise ProtocolError(Reason.NOT_POSSIBLE, "this server has no voice agent (docs/agents.md)")
        if asked.voice_agent and asked.echo_s:
            raise ProtocolError(Reason.BAD_VALUE, "echo_s and voice_agent: it echoes or answers, not both")
        if asked.echo_s and not ECHO_S[0] <= asked.echo_s <= ECHO_S[1]:
            raise ProtocolError(Reason.BAD_VALUE, f"echo_s {asked.echo_s:g}: 0, or {ECHO_S[0]:g} to {ECHO_S[1]:g} s")
        turned = {name: getattr(asked, name) for name in DIALS if getattr(asked, name) is not None}
        conversation.session.dials = replace(conversation.session.dials, **turned)
        chosen = {name: getattr(asked, name) for name in _CHOICES if getattr(asked, name) is not None}
        if asked.voice is not None:
            chosen["voice"] = asked.voice
        if asked.echo_s is not None and asked.echo_s != conversation.choices.echo_s:
            chosen["echo_s"] = asked.echo_s
            _echo(conversation, asked.echo_s)
        if chosen.get("voice_agent", conversation.choices.voice_agent) and chosen.get("echo_s"):
            chosen["voice_agent"] = False
        elif chosen.get("voice_agent") and conversation.choices.echo_s:
            chosen["echo_s"] = 0.0
            _echo(conversation, 0.0)
        conversation.choices = replace(conversation.choices, **chosen)
        if conversation.choices.voice_agent != (conversation.answering is not None):
            self._answer(conversation)
        if asked.model is not None:
            conversation.wanted = asked.model if asked.model != conversation.stage.model else None
        conversation.tell(self.settings(conversation))

    def _answer(self, conversation: Conversation) -> None:
        """A new voice agent answers, or none where that is not chosen."""
        if self._agents is None or not conversation.choices.voice_agent:
            conversation.answer_by(None)
        else:
            conversation.answer_by(self._agents(BoxVoice(self.voices, lambda: conversation.choices.voice)))

    def _default(self, conversation: Conversation, dial: str) -> None:
        if dial not in DIALS:
            raise _unknown("dial", dial, DIALS)
        usual = getattr(Dials(), dial)
        conversation.session.dials = replace(conversation.session.dials, **{dial: usual})
        conversation.tell(self.settings(conversation))


def _echo(conversation: Conversation, seconds: float) -> None:
    """The user's own voice becomes what the agent says, so much later; 0: no more."""
    if conversation.echo is not None:
        conversation.echo.cancel()
        conversation.echo = None
    if seconds:
        conversation.echo = Stream(seconds, lasts=True)
        conversation.speaker.add(conversation.echo)


def _unknown(kind: str, name: str, known: Iterable[str]) -> ProtocolError:
    return ProtocolError(Reason.UNKNOWN, str(unknown(kind, name[:60], known)))
