from __future__ import annotations

import pytest

from visavis.core.errors import VisavisError
from visavis.encode.activity import speech_activity
from visavis.encode.voice_detectors import VOICE_DETECTORS, voice_detector


def test_detectors_are_known_by_name() -> None:
    assert next(iter(VOICE_DETECTORS)) == "silero", "the first is the default"
    assert voice_detector("loudness") is speech_activity
    with pytest.raises(VisavisError, match="did you mean 'silero'"):
        voice_detector("silerro")
