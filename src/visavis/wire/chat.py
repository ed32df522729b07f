"""One question to a chat endpoint that speaks OpenAI's protocol (`/chat/completions`), local or far.

VISAVIS_CHAT_URL    http://127.0.0.1:11434/v1
VISAVIS_CHAT_MODEL  the model's name there
VISAVIS_CHAT_KEY    where it asks for one
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from visavis.core.errors import VisavisError
from visavis.wire.endpoint import Endpoint, Service
from visavis.wire.posting import Posting, Refused

CHAT = Service("VISAVIS_CHAT", "/chat/completions", "http://127.0.0.1:11434/v1")
_NOT_TAKEN = (400, 422)
"""What servers answer that do not know structured output."""


@dataclass(frozen=True)
class Question:
    """What is asked: messages with their roles, and of which schema the answer's JSON is."""

    messages: Sequence[Mapping[str, str]]
    schema: Mapping[str, Any]
    temperature: float
    most_tokens: int


def ask(endpoint: Endpoint, question: Question) -> str:
    """The text of the answer.

    Asks for structured output, and once more without it where the server does not know that. Raises `VisavisError`
    where the endpoint cannot be reached, refuses, takes longer than `timeout_s`, all tries together, or answers in
    another form.
    """
    deadline = time.monotonic() + endpoint.timeout_s
    plain = {
        "model": endpoint.model,
        "messages": [dict(message) for message in question.messages],
        "temperature": question.temperature,
        "max_tokens": question.most_tokens,
    }
    named = {"name": "answer", "strict": True, "schema": dict(question.schema)}
    structured = {**plain, "response_format": {"type": "json_schema", "json_schema": named}}
    try:
        return _text(endpoint, _posted(endpoint, structured, deadline))
    except Refused as refused:
        if refused.status not in _NOT_TAKEN:
            raise
    return _text(endpoint, _posted(endpoint, plain, deadline))


def completion_text(body: bytes) -> str | None:
    """The first choice's text in an answer of the protocol, None in one of another form."""
    try:
        text = json.loads(body)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return None
    return text if isinstance(text, str) else None


def _posted(endpoint: Endpoint, body: Mapping[str, Any], deadline: float) -> bytes:
    return b"".join(Posting(endpoint, json.dumps(body).encode(), until=deadline).pieces())


def _text(endpoint: Endpoint, body: bytes) -> str:
    text = completion_text(body)
    if text is None:
        name = endpoint.service.url_name
        raise VisavisError(f"{endpoint.shown} answers in another form than chat completions; check {name}")
    return text
