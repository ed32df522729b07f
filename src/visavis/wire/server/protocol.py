"""The live protocol: binary messages over a WebSocket, the one source of what docs/protocol.md and the page know of it.

    byte      0      1         2 3        4 .. 7     8 .. 11   12 ..
    message   kind   version   reserved   sequence   stamp     body

Everything is little-endian. Stamps count samples at 16 kHz. Shapes: S samples, T frames, D channels.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from visavis.core.errors import VisavisError

VERSION = 1
PATH = "/live"
"""Where the WebSocket is."""

HEADER = struct.Struct("<BBHII")
AUDIO = struct.Struct("<I")
FRAMES = struct.Struct("<HHI")
FACE = struct.Struct("<HH")

MOST_STAMP = 2**32 - 1
NOT_HEARD = 2**32 - 1
"""In place of a sample of the user's clock: nothing was heard."""
NO_STATE = 255
"""In place of a conversation state: none is told."""
LARGEST_MESSAGE = 262_144
"""Bytes of a message, either way."""
MOST_FACES = 64
"""Frames of a face in one message."""
LEAST_RATE, MOST_RATE = 8_000, 48_000
"""Of the client's own sound for the agent [Hz]; the user's voice comes at 16 kHz."""


class Kind(IntEnum):
    """What a message is; those below 64 go up to the server, the others down from it."""

    HELLO = 1
    USER_SPEECH = 2
    USER_FACE = 3
    AGENT_SOUND = 4
    CONTROL = 5
    WELCOME = 65
    AGENT_SPEECH = 66
    FRAMES = 67
    TAKE_BACK = 68
    EVENT = 69


class Close(IntEnum):
    """Why the server closes a connection."""

    NORMAL = 1000
    """The client said bye."""
    GOING_AWAY = 1001
    """The server is shutting down; come back to the same address."""
    TOO_BIG = 1009
    """A message was longer than `LARGEST_MESSAGE`."""
    UNAUTHORISED = 4001
    """The address lacks the right token."""
    NO_HELLO = 4002
    """The first message was no hello, or none came in time."""
    BAD_VERSION = 4003
    """The client speaks another version of the protocol."""
    TOO_MANY_ERRORS = 4004
    """One message after another could not be used."""
    TOO_FAST = 4005
    """More messages or bytes a second than a conversation has."""
    IDLE = 4006
    """Neither of the two has said anything for long; the conversation is over."""
    TIME_IS_UP = 4007
    """A conversation may not last longer; it is over."""
    TAKEN_OVER = 4008
    """Another connection goes on with this conversation."""
    TOO_SLOW = 4009
    """The client has read nothing for long; the conversation can be gone on with."""
    BUSY = 4013
    """As many conversations as the server can have; try again later."""
    SERVER_ERROR = 4014
    """The conversation failed on the server; it is over."""


class Reason(IntEnum):
    """What was wrong with a message, or what failed, told by an `error` event; the conversation goes on."""

    BAD_MESSAGE = 1
    OUT_OF_ORDER = 2
    BAD_RATE = 3
    BAD_VALUE = 4
    UNKNOWN = 5
    NOT_POSSIBLE = 6
    TOO_MUCH = 7
    VOICE_AGENT = 8
    """Of no message: the voice agent could not do something."""


class ProtocolError(VisavisError):
    """A message that cannot be used, and why; `close`: the connection ends for it."""

    def __init__(self, reason: Reason, text: str, close: Close | None = None) -> None:
        super().__init__(text)
        self.reason, self.close = reason, close


@dataclass(frozen=True)
class Message:
    """A message: its header and body. sequence: counts the messages of its sender on this connection, from 0."""

    kind: Kind
    sequence: int
    stamp: int
    body: bytes = b""

    def to_bytes(self) -> bytes:
        """As it is sent."""
        return HEADER.pack(self.kind, VERSION, 0, self.sequence & 0xFFFFFFFF, self.stamp & 0xFFFFFFFF) + self.body


@dataclass(frozen=True, eq=False)
class Audio:
    """Mono sound (S,) int16 and its rate [Hz]."""

    samples: np.ndarray
    rate: int


@dataclass(frozen=True, eq=False)
class FaceFrames:
    """Frames (T, D) float32 one after another. heard: the sample of the user's clock up to which they heard the user,
    None: nothing of the user. states (T,) uint8: numbers of conversation states, `NO_STATE` where none is told."""

    values: np.ndarray
    heard: int | None
    states: np.ndarray


def parse(data: bytes) -> Message:
    """A message from its bytes. Raises `ProtocolError` for what is none, or of another version."""
    if len(data) < HEADER.size:
        raise ProtocolError(Reason.BAD_MESSAGE, f"a message of {len(data)} bytes; the header alone has {HEADER.size}")
    if len(data) > LARGEST_MESSAGE:
        raise ProtocolError(
            Reason.BAD_MESSAGE, f"a message of {len(data):,} bytes, at most {LARGEST_MESSAGE:,}", Close.TOO_BIG
        )
    kind, version, _, sequence, stamp = HEADER.unpack_from(data)
    if version != VERSION:
        told = f"version {version} of the protocol, this server speaks {VERSION}; load the page again"
        raise ProtocolError(Reason.BAD_MESSAGE, told, Close.BAD_VERSION)
    if kind not in Kind._value2member_map_:
        raise ProtocolError(Reason.BAD_MESSAGE, f"there is no kind {kind} of message")
    return Message(Kind(kind), sequence, stamp, data[HEADER.size :])


def audio_body(audio: Audio) -> bytes:
    """Body of USER_SPEECH, AGENT_SOUND and AGENT_SPEECH: the rate, then the samples."""
    return AUDIO.pack(audio.rate) + np.ascontiguousarray(audio.samples, "<i2").tobytes()


def parse_audio(body: bytes) -> Audio:
    """Raises `ProtocolError` for a body that is no sound; whether its rate is possible is not looked at."""
    if len(body) < AUDIO.size or (len(body) - AUDIO.size) % 2:
        raise ProtocolError(Reason.BAD_MESSAGE, f"{len(body)} bytes are no sound: 4 of rate, then 2 for each sample")
    (rate,) = AUDIO.unpack_from(body)
    return Audio(np.frombuffer(body, "<i2", offset=AUDIO.size), rate)


def face_body(values: np.ndarray) -> bytes:
    """Body of USER_FACE: frames (T, D) of the channels that the client announced."""
    return FACE.pack(*values.shape) + np.ascontiguousarray(values, "<f4").tobytes()


def parse_face(body: bytes, channels: int) -> np.ndarray:
    """Frames (T, D) float32 of so many channels. Raises `ProtocolError` for a body that holds none."""
    count, width = FACE.unpack_from(body) if len(body) >= FACE.size else (0, 0)
    if not 0 < count <= MOST_FACES or width != channels or len(body) != FACE.size + 4 * count * width:
        told = f"{len(body)} bytes with {count} frames of {width} channels; {channels} were announced"
        raise ProtocolError(Reason.BAD_MESSAGE, f"no frames of a face: {told}")
    return np.frombuffer(body, "<f4", offset=FACE.size).reshape(count, width)


def frames_body(frames: FaceFrames) -> bytes:
    """Body of FRAMES."""
    heard = NOT_HEARD if frames.heard is None else frames.heard
    values = np.ascontiguousarray(frames.values, "<f4").tobytes()
    return FRAMES.pack(*frames.values.shape, heard) + values + frames.states.astype(np.uint8).tobytes()


def parse_frames(body: bytes) -> FaceFrames:
    """For clients: what a message FRAMES holds."""
    count, width, heard = FRAMES.unpack_from(body)
    values = np.frombuffer(body, "<f4", count * width, FRAMES.size).reshape(count, width)
    states = np.frombuffer(body, np.uint8, count, FRAMES.size + values.nbytes)
    return FaceFrames(values, None if heard == NOT_HEARD else heard, states)
