from __future__ import annotations

import pytest

from visavis.core.errors import VisavisError
from visavis.data.simulate.text import Wording
from visavis.data.simulate.voices.misaki import spell, timed

pytest.importorskip("hibari", reason="the pronunciation comes with hibari-tts")


def test_words_find_their_letters() -> None:
    wording = Wording(("don't", "buy", "the", "big", "umbrella"), question=True)
    spelling = spell(wording)
    said = [spelling.letters[start:stop] for start, stop in spelling.words]
    assert len(said) == 5
    assert spelling.letters.endswith("?")
    assert [part.strip("ˈˌ")[0] for part in said[:4]] == ["d", "b", "ð", "b"]
    assert "".join(said) == spelling.letters.replace(" ", "").rstrip("?")


def test_sounds_that_are_no_words_are_said_too() -> None:
    assert spell(Wording(("mhm",))).letters.count("m") == 2
    assert spell(Wording(("hahaha",))).letters.count("h") == 3


def test_letters_become_phonemes_with_stress_and_half_of_each_space() -> None:
    wording = Wording(("my", "pie"))
    spelling = spell(wording)
    assert spelling.letters == "mI pˈI."
    lengths = [1000, 100, 200, 80, 100, 60, 300, 10, 500]
    words, phonemes = timed(spelling, lengths, wording)
    assert [(p.name, p.start, p.end, p.stress) for p in phonemes] == [
        ("m", 1000, 1100, 0),
        ("aɪ", 1100, 1340, 0),
        ("p", 1340, 1480, 0),
        ("aɪ", 1480, 1840, 2),
    ]
    assert [(w.text, w.start, w.end) for w in words] == [("my", 1000, 1300), ("pie", 1380, 1840)]


def test_other_scripts_are_refused() -> None:
    with pytest.raises(VisavisError, match="cannot say 'привет'"):
        spell(Wording(("hello", "привет")))
