"""A chat model's answer as it is written, by an endpoint that speaks OpenAI's protocol; `wire.chat` names it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from visavis.core.errors import VisavisError
from visavis.wire.chat import completion_text
from visavis.wire.endpoint import Endpoint
from visavis.wire.posting import Posting

MOST_TOKENS = 500
MOST_LETTERS = 6000
"""An answer that goes on beyond is cut."""
_THINKS, _THOUGHT = "<think>", "</think>"


def chat_posting(endpoint: Endpoint, messages: Sequence[Mapping[str, str]]) -> Posting:
    """The request for an answer to messages with their roles; `answer_text` reads it."""
    asked = {
        "model": endpoint.model,
        "messages": [dict(message) for message in messages],
        "max_tokens": MOST_TOKENS,
        "stream": True,
    }
    return Posting(endpoint, json.dumps(asked).encode(), accept="text/event-stream, application/json")


def answer_text(endpoint: Endpoint, posting: Posting) -> Iterator[str]:
    """The text piece by piece, without what the model thinks before it; of a server that does not stream, at once.

    Raises `VisavisError` where the endpoint fails, breaks off, or answers in another form.
    """
    begun, held = False, ""
    for text in _written(endpoint, posting):
        if begun:
            yield text
            continue
        held = (held + text).lstrip()
        if held.startswith(_THINKS):
            thought, over, held_after = held.partition(_THOUGHT)
            held = held_after.lstrip() if over else thought
            begun = bool(over and held)
        else:
            begun = not _THINKS.startswith(held)
        if begun:
            yield held
    if not begun and not held.startswith(_THINKS):
        yield held


def _written(endpoint: Endpoint, posting: Posting) -> Iterator[str]:
    plain: list[bytes] = []
    came, over, letters = False, False, 0
    for line in _lines(posting.pieces()):
        if not line.startswith(b"data:"):
            plain.append(line)
            continue
        data = line.removeprefix(b"data:").strip()
        if data == b"[DONE]":
            over = True
            break
        text, ended = _delta(endpoint, data)
        came, over = True, over or ended
        letters += len(text)
        if text:
            yield text
        if letters > MOST_LETTERS:
            over = True
            break
    if not came and not over:
        whole = completion_text(b"\n".join(plain))
        if whole is None:
            raise _other(endpoint)
        yield whole
    elif not over:
        raise VisavisError(f"{endpoint.shown} broke off amid its answer")


def _lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line.rstrip(b"\r") for line in lines)
    yield rest


def _delta(endpoint: Endpoint, data: bytes) -> tuple[str, bool]:
    """The text of one event, and whether the answer ends with it."""
    try:
        told: dict[str, Any] = json.loads(data)
        if isinstance(told.get("error"), (dict, str)):
            error = told["error"]
            why = error if isinstance(error, str) else str(error.get("message", "an error"))
            raise VisavisError(f"{endpoint.shown} answers with an error: {endpoint.cleaned(why)}")
        choices = told["choices"]
        if not choices:  # of usage alone
            return "", False
        text = choices[0]["delta"].get("content") or ""
        ended = choices[0].get("finish_reason") is not None
    except VisavisError:
        raise
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise _other(endpoint) from None
    if not isinstance(text, str):
        raise _other(endpoint)
    return text, ended


def _other(endpoint: Endpoint) -> VisavisError:
    name = endpoint.service.url_name
    return VisavisError(f"{endpoint.shown} answers in another form than chat completions; check {name}")
