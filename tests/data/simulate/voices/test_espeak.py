from __future__ import annotations

import numpy as np
import pytest

from tests.data.simulate.voices.phrases import BUMPY, BUMPY_BILABIALS, STRESSED, bilabials, check_spoken, pitch
from visavis.data.simulate.text import Wording
from visavis.data.simulate.voices.espeak import EspeakVoice, ssml
from visavis.data.simulate.voices.voice import Request, speak

VOICE = EspeakVoice("en-us+f2", 170, 50, 50)


def test_markup_says_what_the_wording_says() -> None:
    assert ssml(Wording(("so", "what"), question=True)) == "so what?"
    assert ssml(Wording(("so", "what"), emphasis=1)) == 'so <prosody pitch="+35%">what</prosody>.'
    assert ssml(Wording(("oh",), happy=True)) == '<prosody pitch="+25%" range="+40%">oh!</prosody>'
    assert ssml(Wording(("hahaha",))) == "[[h'ah'ah'a]]."


def test_a_phrase_comes_with_its_words_and_phonemes() -> None:
    plain, stressed, quick = speak([Request(VOICE, BUMPY), Request(VOICE, STRESSED), Request(VOICE, BUMPY, 1.4)])
    for spoken in (plain, stressed, quick):
        check_spoken(spoken, BUMPY.words)
        assert bilabials(spoken) == BUMPY_BILABIALS
    assert [word.text for word in stressed.words if word.emphasis] == ["paper"]
    assert not any(word.emphasis for word in plain.words)
    assert len(plain.sound) / len(quick.sound) == pytest.approx(1.4, abs=0.15)
    word = stressed.words[4]
    assert pitch(stressed.sound[word.start : word.end]) > 1.15 * pitch(plain.sound[word.start : word.end])


def test_the_last_phoneme_ends_the_sound() -> None:
    spoken = speak([Request(VOICE, BUMPY)])[0]
    assert spoken.phonemes[-1].end == len(spoken.sound)
    assert np.abs(spoken.sound).max() > 0.05
