"""Messages of OpenAI's realtime protocol, in both its dialects: as it is now, and its beta, which many servers speak.

Sound is 16-bit mono at 24 kHz in base64. S samples.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from visavis.core.errors import VisavisError

RATE = 24_000
Message = dict[str, Any]


class Dialect(Enum):
    """Which of the two a server speaks."""

    CURRENT = "current"
    BETA = "beta"


@dataclass(frozen=True)
class Wishes:
    """How the agent is to be: what it is told, its voice (None: the server's usual), who writes what the user says
    (None: nobody)."""

    prompt: str
    voice: str | None
    transcriber: str | None


@dataclass(frozen=True)
class SessionBegun:
    """The server is ready; it speaks this dialect."""

    dialect: Dialect


@dataclass(frozen=True)
class UserSaid:
    """What the user said."""

    text: str


@dataclass(frozen=True)
class UserEnded:
    """The user has finished; an answer is about to come."""


@dataclass(frozen=True)
class Answering:
    """An answer begins; its name."""

    response: str


@dataclass(frozen=True)
class AnswerWords:
    """More of an answer's text."""

    response: str
    text: str


@dataclass(frozen=True, eq=False)
class AnswerSound:
    """More of an answer's sound (S,) float32. item: the name of what it belongs to, as cutting it needs."""

    response: str
    item: str
    samples: np.ndarray


@dataclass(frozen=True)
class Answered:
    """An answer is over. trouble: why it failed, None where it did not."""

    response: str
    trouble: str | None


@dataclass(frozen=True)
class Failed:
    """The server could not do something."""

    text: str


Read = SessionBegun | UserSaid | UserEnded | Answering | AnswerWords | AnswerSound | Answered | Failed


def read(data: bytes | str) -> Read | None:
    """What a server's message says, None for those that do not matter here. Raises `VisavisError` for what is none."""
    try:
        told: Message = json.loads(data)
        kind = told["type"]
        if not isinstance(kind, str):
            raise TypeError
        return _read(kind, told)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        raise VisavisError("what came is no message of the realtime protocol") from None


def begin(dialect: Dialect, wishes: Wishes) -> Message:
    """Sets how the session is: the server hears when the user has finished, and never interrupts itself."""
    turns = {"type": "server_vad", "create_response": True, "interrupt_response": False}
    if dialect is Dialect.BETA:
        session: Message = {
            "modalities": ["audio", "text"],
            "instructions": wishes.prompt,
            "input_audio_format": "pcm16",
            "output_audio_format": "pcm16",
            "turn_detection": turns,
        }
        if wishes.voice:
            session["voice"] = wishes.voice
        if wishes.transcriber:
            session["input_audio_transcription"] = {"model": wishes.transcriber}
        return {"type": "session.update", "session": session}
    form = {"type": "audio/pcm", "rate": RATE}
    heard: Message = {"format": form, "turn_detection": turns}
    said: Message = {"format": form}
    if wishes.transcriber:
        heard["transcription"] = {"model": wishes.transcriber}
    if wishes.voice:
        said["voice"] = wishes.voice
    session = {
        "type": "realtime",
        "output_modalities": ["audio"],
        "instructions": wishes.prompt,
        "audio": {"input": heard, "output": said},
    }
    return {"type": "session.update", "session": session}


def remember(dialect: Dialect, message: Mapping[str, str]) -> Message:
    """A line that was said before the session began."""
    mine = message["role"] == "assistant"
    content = {"type": _SAID[dialect] if mine else "input_text", "text": message["content"]}
    return {
        "type": "conversation.item.create",
        "item": {"type": "message", "role": message["role"], "content": [content]},
    }


def hear(samples: np.ndarray) -> Message:
    """The next of the user's voice (S,) float32 at 24 kHz."""
    data = np.round(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    return {"type": "input_audio_buffer.append", "audio": base64.b64encode(data).decode()}


def say(text: str) -> Message:
    """The agent says a line."""
    told = f"Say the following to the user, word for word and nothing else: {json.dumps(text, ensure_ascii=False)}"
    return {"type": "response.create", "response": {"instructions": told}}


def stop() -> Message:
    """The answer that is being made is not wanted any more."""
    return {"type": "response.cancel"}


def cut(item: str, heard_s: float) -> Message:
    """Of what the agent said only so much was heard."""
    return {
        "type": "conversation.item.truncate",
        "item_id": item,
        "content_index": 0,
        "audio_end_ms": int(1000 * heard_s),
    }


_SAID = {Dialect.CURRENT: "output_text", Dialect.BETA: "text"}


def _read(kind: str, told: Message) -> Read | None:
    if kind == "session.created":
        current = told["session"].get("type") == "realtime" or "audio" in told["session"]
        return SessionBegun(Dialect.CURRENT if current else Dialect.BETA)
    if kind == "input_audio_buffer.speech_stopped":
        return UserEnded()
    if kind == "conversation.item.input_audio_transcription.completed":
        return UserSaid(_text(told["transcript"]))
    if kind == "conversation.item.input_audio_transcription.failed":
        return Failed(f"what the user said could not be written: {_why(told.get('error'))}")
    if kind == "response.created":
        return Answering(_text(told["response"]["id"]))
    if kind in ("response.output_audio_transcript.delta", "response.audio_transcript.delta"):
        return AnswerWords(_text(told["response_id"]), _text(told["delta"]))
    if kind in ("response.output_audio.delta", "response.audio.delta"):
        return AnswerSound(_text(told["response_id"]), _text(told["item_id"]), _sound(_text(told["delta"])))
    if kind == "response.done":
        response = told["response"]
        failed = response.get("status") in ("failed", "incomplete")
        why = _why((response.get("status_details") or {}).get("error")) if failed else None
        return Answered(_text(response["id"]), why)
    return Failed(_why(told.get("error"))) if kind == "error" else None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _sound(text: str) -> np.ndarray:
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise TypeError from None
    return np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.float32) / np.float32(32768)


def _why(error: Any) -> str:
    """What an error of the server says."""
    if isinstance(error, dict):
        return str(error.get("message") or error.get("code") or error.get("type") or "it does not say why")
    return str(error) if error else "it does not say why"
