from __future__ import annotations

import numpy as np
import pytest

from visavis.data.simulate import text
from visavis.data.simulate.english import syllables
from visavis.data.simulate.voices.espeak import EspeakVoice
from visavis.data.simulate.voices.voice import Request, speak

_CONSONANTS = "p b t d k ɡ f v θ ð s z ʃ ʒ m n ŋ l ɹ w j h tʃ dʒ"
_VOWELS = "iː ɪ ɛ æ ɑː ɔː ʊ uː ʌ ɜː eɪ aɪ ɔɪ aʊ oʊ ə"


def test_the_vocabulary_covers_the_sounds_of_english() -> None:
    rng = np.random.default_rng(0)
    voice = EspeakVoice("en-us", 170, 50, 50)
    spoken = speak([Request(voice, text.GRAMMAR.phrase(rng, 14, 0.1, 0.2, 0.0)) for _ in range(80)])
    heard = {phoneme.name for phrase in spoken for phoneme in phrase.phonemes}
    consonants = [
        "p",
        "b",
        "t",
        "d",
        "k",
        "ɡ",
        "f",
        "v",
        "θ",
        "ð",
        "s",
        "z",
        "ʃ",
        "ʒ",
        "m",
        "n",
        "ŋ",
        "l",
        "ɹ",
        "w",
        "j",
        "h",
        "tʃ",
        "dʒ",
    ]
    vowels = _VOWELS.split()
    assert not set(consonants) - heard
    assert len(set(vowels) - heard) <= 2


@pytest.mark.parametrize(("word", "count"), [("banana", 3), ("cake", 1), ("strengths", 1), ("the", 1), ("umbrella", 3)])
def test_syllables_of_known_words(word: str, count: int) -> None:
    assert syllables((word,)) == count
    assert syllables((word, word)) == 2 * count


def test_phrases_are_about_as_long_as_wanted() -> None:
    """Above the shortest sentence there is, subject, verb and object, and never much shorter than wanted."""
    rng = np.random.default_rng(0)
    for wanted in (2, 6, 9, 12, 18, 25):
        missed = [syllables(text.GRAMMAR.phrase(rng, wanted, 0.0, 0.0, 0.3).words) - wanted for _ in range(200)]
        assert abs(np.mean(missed)) < (3.5 if wanted == 6 else 1.5), wanted
        assert min(missed) >= -5, wanted


def test_phrases_are_what_they_are_asked_to_be() -> None:
    rng = np.random.default_rng(0)
    happy = [text.GRAMMAR.phrase(rng, 8, 1.0, 0.0, 0.0) for _ in range(30)]
    asking = [text.GRAMMAR.phrase(rng, 8, 0.0, 1.0, 1.0) for _ in range(30)]
    plain = [text.GRAMMAR.phrase(rng, 8, 0.0, 0.0, 0.0) for _ in range(30)]
    assert all(wording.happy and not wording.question for wording in happy)
    assert all(wording.question and 0 <= wording.emphasis < len(wording.words) for wording in asking)
    assert not any(wording.happy or wording.question or wording.emphasis >= 0 for wording in plain)
    assert len({wording.words for wording in plain}) > 25
    again = (text.GRAMMAR.phrase(np.random.default_rng(3), 8, 0.1, 0.2, 0.3) for _ in range(2))
    assert next(again) == next(again)


def test_backchannels_fit_their_time() -> None:
    rng = np.random.default_rng(0)
    for wanted in (1, 2, 3):
        answers = [text.GRAMMAR.backchannel(rng, wanted) for _ in range(50)]
        assert all(abs(syllables(answer.words) - wanted) <= 1 for answer in answers)
        assert len({answer.words for answer in answers}) >= 3
