from __future__ import annotations

import numpy as np
import pytest

from tests.wire.agents.stand_in import Services, hum, serving
from visavis.core.errors import VisavisError
from visavis.wire.agents.speech_endpoint import LONGEST_S, SPEECH, SpeechEndpoint
from visavis.wire.agents.wav import wav_bytes

PATH = "/audio/speech"


def spoken(services: Services, text: str) -> np.ndarray:
    with serving(services):
        stream = SpeechEndpoint(services.endpoint(SPEECH), "marin").say(text)
        return np.concatenate([sound.samples for sound in stream.pieces()])


def test_a_text_becomes_sound_in_the_voice_that_was_named() -> None:
    services = Services(seconds_a_letter=0.1)
    sound = spoken(services, "hello there")
    np.testing.assert_allclose(sound, hum(1.1), atol=1e-4)
    assert services.requests(PATH) == [
        {"model": "small", "voice": "marin", "input": "hello there", "response_format": "wav"}
    ]


@pytest.mark.parametrize("body", [b"<html>", wav_bytes(np.zeros(0, np.float32)), b""])
def test_what_is_no_sound_is_told(body: bytes) -> None:
    with pytest.raises(VisavisError, match=r"/audio/speech.*(no wav|without sound)"):
        spoken(Services(raw={PATH: body}), "hello")


def test_a_phrase_without_end_is_cut() -> None:
    with pytest.raises(VisavisError, match=f"says a phrase for more than {LONGEST_S} s"):
        spoken(Services(seconds_a_letter=1.0), "x" * 70)
