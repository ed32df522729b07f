from __future__ import annotations

import pytest

from visavis.core.errors import VisavisError
from visavis.data.simulate.voices.espeak import EspeakVoice
from visavis.data.simulate.voices.flite import FliteVoice
from visavis.data.simulate.voices.hibari import HibariVoice
from visavis.data.simulate.voices.kokoro import KokoroVoice
from visavis.data.simulate.voices.named import voice_named
from visavis.data.simulate.voices.voice import Voice


@pytest.mark.parametrize(
    ("description", "voice"),
    [
        ("hibari", HibariVoice()),
        ("hibari pitch=0.62 formants=.87 seed=3", HibariVoice(pitch=0.62, formants=0.87, seed=3)),
        ("hibari range=1.2 pace=0.9 breath_db=-2", HibariVoice(range=1.2, pace=0.9, breath_db=-2)),
        ("kokoro jf_alpha=3 jm_kumo=1 pitch=0.9", KokoroVoice((("jf_alpha", 0.75), ("jm_kumo", 0.25)), 0.9)),
        ("flite slt", FliteVoice("slt")),
        ("espeak en-us+m3 pitch=40", EspeakVoice("en-us+m3", 170, 40, 50)),
        ("espeak rate=150", EspeakVoice("en-us+f2", 150, 50, 50)),
    ],
)
def test_descriptions_are_voices(description: str, voice: Voice) -> None:
    assert voice_named(description) == voice


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ("", "unknown voice ''; known: espeak, flite, hibari, kokoro"),
        ("hibary", "did you mean 'hibari'"),
        ("hibari pich=1", "unknown setting of hibari 'pich'; did you mean 'pitch'"),
        ("hibari pitch", "'pitch' is no setting; write NAME=NUMBER"),
        ("hibari pitch=low", "pitch=low is no number"),
        ("hibari pace=nan", "pace=nan is no number"),
        ("hibari formants=0", "formants=0 is not possible"),
        ("kokoro", "a mixture of styles"),
        ("kokoro jf_alpha=0", "a mixture of styles"),
        ("flite", "unknown flite voice ''"),
        ("flite slr", "did you mean 'slt'"),
    ],
)
def test_what_is_no_voice_is_told(description: str, message: str) -> None:
    with pytest.raises(VisavisError, match=message):
        voice_named(description)
