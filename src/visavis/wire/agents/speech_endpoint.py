"""A voice that an endpoint has which speaks OpenAI's protocol (`/audio/speech`).

VISAVIS_SPEECH_URL, VISAVIS_SPEECH_MODEL, VISAVIS_SPEECH_KEY name it, VISAVIS_SPEECH_VOICE its voice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from visavis.core.errors import VisavisError
from visavis.wire.agents.agent import AudioStream, Sound, Voice
from visavis.wire.agents.wav import WavReading
from visavis.wire.endpoint import Endpoint, Service
from visavis.wire.posting import Posting

SPEECH = Service("VISAVIS_SPEECH", "/audio/speech", "http://127.0.0.1:8000/v1")
USUAL_VOICE = "alloy"
LONGEST_S = 60
"""Of one phrase."""
_MOST_BYTES = 40_000_000


class SpeechEndpoint(Voice):
    """Says texts by an endpoint. voice: the name of a voice there."""

    def __init__(self, endpoint: Endpoint, voice: str = USUAL_VOICE) -> None:
        self._endpoint, self._voice = endpoint, voice

    def say(self, text: str) -> AudioStream:
        """The sound of a text, as it comes."""
        asked = {"model": self._endpoint.model, "voice": self._voice, "input": text, "response_format": "wav"}
        posting = Posting(self._endpoint, json.dumps(asked).encode(), accept="audio/wav", most_bytes=_MOST_BYTES)
        return _Stream(self._endpoint, posting)


class _Stream(AudioStream):
    def __init__(self, endpoint: Endpoint, posting: Posting) -> None:
        self._endpoint, self._posting = endpoint, posting

    def pieces(self) -> Iterator[Sound]:
        """Raises `VisavisError` where the endpoint fails, and for what is no wav."""
        reading, seconds = WavReading(), 0.0
        for data in self._posting.pieces():
            try:
                sound = reading.add(data)
            except VisavisError as error:
                name = self._endpoint.service.url_name
                raise VisavisError(f"{self._endpoint.shown}: {error}; check {name}") from None
            if sound is not None:
                seconds += len(sound.samples) / sound.rate
                if seconds > LONGEST_S:
                    raise VisavisError(f"{self._endpoint.shown} says a phrase for more than {LONGEST_S} s")
                yield sound
        if not seconds:
            raise VisavisError(f"{self._endpoint.shown} answers without sound")

    def cancel(self) -> None:
        """Ends it."""
        self._posting.cancel()
