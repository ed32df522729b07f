"""The protocol's JSON: what hello, welcome, controls and events say, each a record; and reading and writing them.

The body of such a message is one UTF-8 object whose `type` is the name of the record below in small letters.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
import types
import typing
from dataclasses import dataclass
from typing import Any

from visavis.wire.server.protocol import ProtocolError, Reason


@dataclass(frozen=True)
class Hello:
    """The first message of a client. session: token of a conversation to go on with; model, voice: to begin with;
    face: names of the channels that USER_FACE will bring; avatar: any name, which the server gives back."""

    session: str | None = None
    model: str | None = None
    voice: str | None = None
    avatar: str | None = None
    face: tuple[str, ...] = ()


@dataclass(frozen=True)
class Say:
    """The agent says a line, after what it is saying already. voice: for this line."""

    text: str
    voice: str | None = None


@dataclass(frozen=True)
class Sample:
    """The agent says a recording that the server has, from `Welcome.samples`."""

    name: str


@dataclass(frozen=True)
class Interrupt:
    """The agent stops. at: the sample of the agent's clock that is played now, where known."""

    at: int | None = None


@dataclass(frozen=True)
class Played:
    """How far the client has played the agent's clock [samples]; say it some times a second."""

    at: int


@dataclass(frozen=True)
class Settings:
    """What can be set at any time; what is left null stays. As an event: how all of it is set now.

    echo_s: the user's own voice is what the agent says, so much later [s]; 0: not. half_duplex: the user is not heard
    while the agent speaks. barge_in: the user's voice interrupts the agent. voice_agent: it answers the user.
    """

    model: str | None = None
    voice: str | None = None
    avatar: str | None = None
    half_duplex: bool | None = None
    barge_in: bool | None = None
    echo_s: float | None = None
    voice_agent: bool | None = None
    expressiveness: float | None = None
    reactivity: float | None = None
    head_motion: float | None = None
    blinks_per_minute: float | None = None
    eye_contact: float | None = None


@dataclass(frozen=True)
class Default:
    """A dial goes back to what it is when it is not set: `reactivity`, `blinks_per_minute`, `eye_contact`, ..."""

    dial: str


@dataclass(frozen=True)
class Face:
    """The channels that USER_FACE brings from now on; none: the user is not seen any more."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Nod:
    """One nod, so deep [rad]."""

    size_rad: float = 0.12


@dataclass(frozen=True)
class Reset:
    """A new conversation with the same settings; nothing of the old one is remembered. The agent's clock goes on."""


@dataclass(frozen=True)
class Ping:
    """Answered by `Pong` with the same number."""

    sent: float


@dataclass(frozen=True)
class Bye:
    """The conversation is over; it cannot be gone on with."""


@dataclass(frozen=True)
class Welcome:
    """The server's answer to a hello; its header's stamp is the agent's clock now.

    session: the token to go on with it within `reconnect_s`. resumed: whether this goes on. space, channels, fps: of
    FRAMES. rate: of AGENT_SPEECH [Hz]. states: names of the conversation states, by number. hop: frames that are
    drawn together. dials: least and greatest value of each. voice_agent: whether there is one.
    """

    version: int
    session: str
    resumed: bool
    model: str
    models: tuple[str, ...]
    space: str
    channels: tuple[str, ...]
    fps: int
    rate: int
    hop: int
    states: tuple[str, ...]
    voice: str
    voices: tuple[str, ...]
    samples: tuple[str, ...]
    dials: dict[str, tuple[float, float]]
    voice_agent: bool
    reconnect_s: float
    longest_s: float


@dataclass(frozen=True)
class Turn:
    """Somebody begins or stops to speak. who: `user` or `agent`."""

    who: str
    speaking: bool


@dataclass(frozen=True)
class State:
    """The agent's conversation state from the header's stamp on."""

    name: str
    number: int


@dataclass(frozen=True)
class Reaction:
    """The agent's face did something that began at the header's stamp: `nod`, `shake`, `smile`, `brow raise`."""

    name: str


@dataclass(frozen=True)
class Speech:
    """The agent says something from the header's stamp up to the sample `end`; text: what, where that is known."""

    text: str
    end: int


@dataclass(frozen=True)
class Heard:
    """What the user said, as a voice agent understood it."""

    text: str


@dataclass(frozen=True)
class Interrupted:
    """The agent was stopped at the header's stamp. by: `user`, who spoke over it, or `client`, which asked for it."""

    by: str


@dataclass(frozen=True)
class Latency:
    """How late frames come, in parts [s], as a session tells it. reaction: how old the newest of the user's voice in a
    frame was when it was sent, over the last seconds [s]. dropped: messages that the client was too slow for."""

    algorithmic_s: float
    compute_p50_s: float
    compute_p95_s: float
    buffer_s: float
    reaction_p50_s: float
    reaction_p95_s: float
    dropped: int


@dataclass(frozen=True)
class Error:
    """What was wrong with a message of the client, by the name of a `Reason`; the conversation goes on."""

    reason: str
    text: str


@dataclass(frozen=True)
class Pong:
    """The answer to `Ping`."""

    sent: float


CONTROLS = (Say, Sample, Interrupt, Played, Settings, Default, Face, Nod, Reset, Ping, Bye)
EVENTS = (Settings, Turn, State, Reaction, Speech, Heard, Interrupted, Latency, Error, Pong)
Control = Say | Sample | Interrupt | Played | Settings | Default | Face | Nod | Reset | Ping | Bye
Event = Settings | Turn | State | Reaction | Speech | Heard | Interrupted | Latency | Error | Pong
LONGEST_TEXT = 2000
"""Letters of a text in a message."""


def type_name(kind: type) -> str:
    """The `type` of a record in JSON."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def to_json(record: Any) -> bytes:
    """The body that holds a record."""
    told = {"type": type_name(type(record)), **dataclasses.asdict(record)}
    return json.dumps(told, separators=(",", ":"), allow_nan=False).encode()


def from_json(body: bytes, kinds: tuple[type, ...]) -> Any:
    """The record, of one of some kinds, that a body holds. Unknown fields are passed over.

    Raises `ProtocolError` for what is no JSON, another type, or has a field that is missing or of another kind.
    """
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise ProtocolError(Reason.BAD_MESSAGE, "the body is no JSON in UTF-8") from None
    if not isinstance(told, dict):
        raise ProtocolError(Reason.BAD_MESSAGE, "the body is no JSON object")
    names = {type_name(kind): kind for kind in kinds}
    kind = names.get(str(told.get("type")))
    if kind is None:
        given = str(told.get("type"))[:40]
        raise ProtocolError(Reason.BAD_MESSAGE, f"type {given!r} is none of {', '.join(names)}")
    return _record(kind, told)


def _record(kind: type, told: dict[str, Any]) -> Any:
    hints = typing.get_type_hints(kind)
    found = {}
    for one in dataclasses.fields(kind):
        if one.name in told:
            found[one.name] = _value(f"{type_name(kind)}.{one.name}", told[one.name], hints[one.name])
        elif one.default is dataclasses.MISSING:
            raise ProtocolError(Reason.BAD_MESSAGE, f"{type_name(kind)} lacks {one.name!r}")
    return kind(**found)


def _value(what: str, value: Any, hint: Any) -> Any:
    if isinstance(hint, types.UnionType):
        inner = next(one for one in typing.get_args(hint) if one is not type(None))
        return None if value is None else _value(what, value, inner)
    if typing.get_origin(hint) is tuple and isinstance(value, list) and len(value) <= 256:
        return tuple(_value(what, one, typing.get_args(hint)[0]) for one in value)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is float and number and math.isfinite(value) and abs(value) < 1e15:
        return float(value)
    if hint is int and isinstance(value, int) and number and abs(value) < 2**53:
        return value
    if hint is bool and isinstance(value, bool):
        return value
    if hint is str and isinstance(value, str):
        if len(value) <= LONGEST_TEXT:
            return value
        raise ProtocolError(Reason.TOO_MUCH, f"{what} has {len(value):,} letters, at most {LONGEST_TEXT:,}")
    raise ProtocolError(Reason.BAD_MESSAGE, f"{what} cannot be {str(value)[:40]!r}")
