"""One question to a chat endpoint that speaks OpenAI's protocol (`/chat/completions`), local or far.

Only an address in the environment opens it: nothing leaves the machine because a key of another program lies around.

    VISAVIS_CHAT_URL    http://127.0.0.1:11434/v1
    VISAVIS_CHAT_MODEL  the model's name there
    VISAVIS_CHAT_KEY    where it asks for one
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from visavis.core.errors import VisavisError

URL, MODEL, KEY = "VISAVIS_CHAT_URL", "VISAVIS_CHAT_MODEL", "VISAVIS_CHAT_KEY"
TIMEOUT_S = 10.0
"""An answer is waited for so long, all tries together."""
MOST_BYTES = 1_000_000
_PATH = "/chat/completions"
_NOT_TAKEN = (400, 422)
"""What servers answer that do not know structured output."""


@dataclass(frozen=True)
class ChatEndpoint:
    """A chat endpoint: the address of its API, the model, the key (not shown) and how long it may take [s]."""

    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    timeout_s: float = TIMEOUT_S

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise VisavisError(f"{URL} cannot be {self.url!r}; give an address such as http://127.0.0.1:11434/v1")

    @property
    def address(self) -> str:
        """Where questions go."""
        base = self.url.rstrip("/")
        return base if base.endswith(_PATH) else base + _PATH


@dataclass(frozen=True)
class Question:
    """What is asked: messages with their roles, and of which schema the answer's JSON is."""

    messages: Sequence[Mapping[str, str]]
    schema: Mapping[str, Any]
    temperature: float
    most_tokens: int


def configured_endpoint(environment: Mapping[str, str], timeout_s: float = TIMEOUT_S) -> ChatEndpoint | None:
    """The endpoint that the environment names, None where it names none; raises `VisavisError` for half of one."""
    url, model = environment.get(URL, "").strip(), environment.get(MODEL, "").strip()
    if not url:
        return None
    if not model:
        raise VisavisError(f"{URL} is set and {MODEL} is not; set it to the model's name, or unset {URL}")
    return ChatEndpoint(url, model, environment.get(KEY, "").strip() or None, timeout_s)


def ask(endpoint: ChatEndpoint, question: Question) -> str:
    """The text of the answer.

    Asks for structured output, and once more without it where the server does not know that. Raises `VisavisError`
    where the endpoint cannot be reached, refuses, takes longer than `timeout_s`, or answers in another form.
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
    except _Refused as refused:
        if refused.status not in _NOT_TAKEN:
            raise
    return _text(endpoint, _posted(endpoint, plain, deadline))


class _Refused(VisavisError):
    """The endpoint answered with an HTTP status that is no success."""

    def __init__(self, endpoint: ChatEndpoint, status: int, reason: str) -> None:
        super().__init__(
            f"{endpoint.address} answers {status} {reason}; check {URL}, {MODEL} and {KEY}, or unset {URL}"
        )
        self.status = status


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nobody elsewhere: a key is for one address."""

    def redirect_request(self, *_: Any) -> None:
        """No request."""


def _posted(endpoint: ChatEndpoint, body: Mapping[str, Any], deadline: float) -> bytes:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if endpoint.key is not None:
        headers["Authorization"] = f"Bearer {endpoint.key}"
    request = urllib.request.Request(endpoint.address, json.dumps(body).encode(), headers, method="POST")
    opener = urllib.request.build_opener(_Stay)
    pieces: list[bytes] = []
    try:
        with opener.open(request, timeout=_left(endpoint, deadline)) as answer:
            while piece := answer.read1(65_536):
                pieces.append(piece)
                _left(endpoint, deadline)
                if sum(map(len, pieces)) > MOST_BYTES:
                    raise VisavisError(f"{endpoint.address} answers more than {MOST_BYTES:,} bytes; it is no chat")
    except urllib.error.HTTPError as error:
        with error:
            raise _Refused(endpoint, error.code, error.reason) from error
    except TimeoutError as error:
        raise _late(endpoint) from error
    except (OSError, ValueError) as error:
        if isinstance(error, VisavisError):
            raise
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError):
            raise _late(endpoint) from error
        raise VisavisError(f"no answer from {endpoint.address} ({reason}); is it running? or unset {URL}") from error
    return b"".join(pieces)


def _left(endpoint: ChatEndpoint, deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise _late(endpoint)
    return left


def _late(endpoint: ChatEndpoint) -> VisavisError:
    return VisavisError(f"{endpoint.address} did not answer within {endpoint.timeout_s:g} s")


def _text(endpoint: ChatEndpoint, body: bytes) -> str:
    """The first choice's text in an answer of the protocol."""
    try:
        text = json.loads(body)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        text = None
    if not isinstance(text, str):
        raise VisavisError(f"{endpoint.address} answers in another form than chat completions; check {URL}")
    return text
