"""What the user said as text, by an endpoint that speaks OpenAI's protocol (`/audio/transcriptions`).

VISAVIS_TRANSCRIBE_URL, VISAVIS_TRANSCRIBE_MODEL, VISAVIS_TRANSCRIBE_KEY name it.
"""

from __future__ import annotations

import json
import secrets

import numpy as np

from visavis.core.errors import VisavisError
from visavis.wire.agents.wav import wav_bytes
from visavis.wire.endpoint import Endpoint, Service
from visavis.wire.posting import Posting

TRANSCRIBE = Service("VISAVIS_TRANSCRIBE", "/audio/transcriptions", "http://127.0.0.1:8000/v1")
MOST_LETTERS = 4000


def transcription(endpoint: Endpoint, sound: np.ndarray) -> Posting:
    """The request for the text of a sound (S,) float32 at 16 kHz; `transcribed` reads its answer."""
    boundary = secrets.token_hex(16)
    parts = [_field(boundary, "model", endpoint.model), _field(boundary, "response_format", "json")]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="speech.wav"\r\n'
    parts.append(f"{head}Content-Type: audio/wav\r\n\r\n".encode() + wav_bytes(sound) + b"\r\n")
    body = b"".join([*parts, f"--{boundary}--\r\n".encode()])
    return Posting(endpoint, body, f"multipart/form-data; boundary={boundary}")


def transcribed(endpoint: Endpoint, posting: Posting) -> str:
    """The text, empty where nothing was said. Raises `VisavisError` where the endpoint fails or answers otherwise."""
    body = b"".join(posting.pieces())
    try:
        text = json.loads(body)["text"]
    except (ValueError, KeyError, TypeError, RecursionError):
        text = None
    if not isinstance(text, str):
        name = endpoint.service.url_name
        raise VisavisError(f"{endpoint.shown} answers in another form than transcriptions; check {name}")
    return " ".join(text.split())[:MOST_LETTERS]


def _field(boundary: str, name: str, value: str) -> bytes:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
