from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from tests.wire.agents.stand_in import Services, hum, serving
from visavis.core.errors import VisavisError
from visavis.wire.agents.transcription import TRANSCRIBE, transcribed, transcription

PATH = "/audio/transcriptions"


def understood(services: Services, sound: np.ndarray) -> str:
    with serving(services):
        endpoint = services.endpoint(TRANSCRIBE)
        return transcribed(endpoint, transcription(endpoint, sound))


def test_the_sound_goes_as_a_wav_in_a_form_and_the_text_comes() -> None:
    services = Services(text=["  hello\nthere "])
    assert understood(services, hum(0.5)) == "hello there"
    (form,) = services.requests(PATH)
    assert form["model"] == b"small"
    assert form["response_format"] == b"json"
    sound, rate = soundfile.read(io.BytesIO(form["file"]))
    assert rate == 16_000
    np.testing.assert_allclose(sound, hum(0.5), atol=1e-4)


@pytest.mark.parametrize("body", [b"", b"hello", b"[]", b'{"text": null}', b'{"words": []}'])
def test_another_form_is_told(body: bytes) -> None:
    with pytest.raises(VisavisError, match="another form than transcriptions; check VISAVIS_TRANSCRIBE_URL"):
        understood(Services(raw={PATH: body}), hum(0.1))
