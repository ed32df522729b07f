"""A server without threads and networks for tests: a hub on a clock moved by hand, and a client of one conversation."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.streaming.echo import Echo, Hand
from visavis.core.clock import SAMPLE_RATE
from visavis.wire.server import protocol, records
from visavis.wire.server.controls import Controls
from visavis.wire.server.conversation import Conversation
from visavis.wire.server.hearing import LoudnessLive
from visavis.wire.server.hub import Hub
from visavis.wire.server.metrics import Metrics
from visavis.wire.server.outbox import Outgoing
from visavis.wire.server.protocol import Audio, FaceFrames, Kind, Message
from visavis.wire.server.settings import ServerSettings
from visavis.wire.server.sources import Line
from visavis.wire.server.voices import VoiceBox

PIECE = 320
"""Samples of a message of the user's voice: 20 ms."""


def tone(seconds: float, level: float = 0.2) -> np.ndarray:
    """Sound (S,) like a voice in loudness: a hum of 200 Hz with overtones."""
    at = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    hum = sum(np.sin(2 * np.pi * 200 * number * at) / number for number in range(1, 6))
    return (level * hum / 2).astype(np.float32)


class HummingBox(VoiceBox):
    """A voice that hums as long as a line has letters, 50 ms each; a line "fail" cannot be said."""

    def __init__(self) -> None:
        self.names = ("hum", "low hum")

    def say(self, text: str, voice: str) -> list[Line]:
        self.require(voice)
        sound: Future[np.ndarray] = Future()
        if text == "fail":
            sound.set_exception(RuntimeError("out of breath"))
        else:
            sound.set_result(tone(0.05 * len(text)))
        return [Line(text, sound)]

    def warm(self, voice: str) -> Future[np.ndarray]:
        return self.say("a", voice)[0]._sound

    def close(self) -> None:
        pass


SETTINGS = ServerSettings(model="echo", hello_s=60.0)


def hub(
    clock: Hand,
    settings: ServerSettings = SETTINGS,
    system: Any = None,
    load: Callable[[str], Any] = lambda name: Echo(hop=1),  # noqa: ARG005
) -> Hub:
    """A hub over `Echo`, whose rounds are made by hand."""
    controls = Controls(HummingBox(), {"tone": tone(1.0)}, ("echo", "other"))
    return Hub(settings, system or Echo(), load, controls, LoudnessLive(), Metrics(), clock)


@dataclass
class Guest:
    """A client as its conversation sees it: sends messages, keeps what came."""

    hub: Hub
    conversation: Conversation
    clock: Hand
    sequence: int = 0
    stamp: int = 5000
    got: list[Outgoing] = field(default_factory=list)
    ended: Any = None

    def wake(self) -> None:
        """There is something to read."""

    def end(self, ending: Any) -> None:
        self.ended = ending

    def send(self, kind: Kind, stamp: int = 0, body: bytes = b"") -> None:
        self.conversation.receive(Message(kind, self.sequence, stamp, body), self.clock())
        self.sequence += 1

    def ask(self, control: records.Control) -> None:
        self.send(Kind.CONTROL, 0, records.to_json(control))

    def voice(self, sound: np.ndarray) -> None:
        """The next of the user's voice (S,), in one message."""
        samples = np.round(sound * 32767).astype(np.int16)
        self.send(Kind.USER_SPEECH, self.stamp, protocol.audio_body(Audio(samples, SAMPLE_RATE)))
        self.stamp += len(samples)

    def speak(self, sound: np.ndarray, every: Callable[[], None] = lambda: None) -> None:
        """The user's voice as time goes, 20 ms at a time."""
        for start in range(0, len(sound) // PIECE * PIECE, PIECE):
            self.clock.now += PIECE / SAMPLE_RATE
            self.voice(sound[start : start + PIECE])
            self.hub.round()
            every()
            self.read()

    def wait(self, seconds: float) -> None:
        """Nothing is sent while time passes, a round every 20 ms, or every 0.2 s of long times."""
        pace_s = 0.02 if seconds < 1 else 0.2
        for _ in range(round(seconds / pace_s)):
            self.clock.now += pace_s
            self.hub.round()
            self.read()

    def read(self) -> None:
        self.got += self.conversation.outbox.take()

    def events(self, *kinds: str) -> list[dict[str, Any]]:
        """The events of some types that came, each with its stamp."""
        told = [(one.stamp, json.loads(one.body)) for one in self.got if one.kind is Kind.EVENT]
        return [{**event, "stamp": stamp} for stamp, event in told if event["type"] in kinds]

    def frames(self) -> list[tuple[int, FaceFrames]]:
        """What came of frames: stamps and frames."""
        return [(one.stamp, protocol.parse_frames(one.body)) for one in self.got if one.kind is Kind.FRAMES]

    def shown(self) -> dict[int, np.ndarray]:
        """The frames as a client shows them in the end, by their stamps."""
        found: dict[int, np.ndarray] = {}
        for one in self.got:
            if one.kind is Kind.TAKE_BACK:
                found = {stamp: frame for stamp, frame in found.items() if stamp < one.stamp}
            if one.kind is Kind.FRAMES:
                values = protocol.parse_frames(one.body).values
                found |= {one.stamp + 640 * number: frame for number, frame in enumerate(values)}
        return found

    def sound(self) -> dict[int, int]:
        """The agent's voice as a client plays it in the end, sample by sample."""
        found: dict[int, int] = {}
        for one in self.got:
            if one.kind is Kind.TAKE_BACK:
                found = {at: sample for at, sample in found.items() if at < one.stamp}
            if one.kind is Kind.AGENT_SPEECH:
                samples = protocol.parse_audio(one.body).samples.tolist()
                found |= {one.stamp + number: sample for number, sample in enumerate(samples)}
        return found


def guest(hub: Hub, clock: Hand, hello: records.Hello | None = None) -> Guest:
    """A client who has just come in."""
    conversation = hub.admit(hello or records.Hello())
    made = Guest(hub, conversation, clock)
    conversation.attach(made)
    return made
