from __future__ import annotations

from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from visavis.data.simulate.english import syllables
from visavis.data.simulate.script.composed import composed_script, stressed, wide_script
from visavis.data.simulate.text import Wording
from visavis.data.simulate.voices import espeak_script

SCRIPT = composed_script()


def phrases(
    count: int, wanted: float = 14, happy: float = 0.1, question: float = 0.18, emphasis: float = 0.35
) -> list[Wording]:
    rng = np.random.default_rng(0)
    return [SCRIPT.phrase(rng, wanted, happy, question, emphasis) for _ in range(count)]


def test_a_thousand_phrases_hold_thousands_of_words() -> None:
    said = phrases(1000)
    assert len({word.lower() for wording in said for word in wording.words}) > 2000
    assert len({wording.words for wording in said}) > 990


@pytest.mark.skipif(find_spec("pocketsphinx") is None, reason="needs the pronouncing dictionary of pocketsphinx")
def test_every_phoneme_of_english_is_said_often() -> None:
    spec = find_spec("pocketsphinx")
    assert spec is not None
    assert spec.origin is not None
    entries = (Path(spec.origin).parent / "model" / "en-us" / "cmudict-en-us.dict").read_text(encoding="utf-8")
    dictionary = {word: tuple(sounds) for word, *sounds in (line.split() for line in entries.splitlines())}
    every = {sound for sounds in dictionary.values() for sound in sounds}
    words = [word.lower() for wording in phrases(1000) for word in wording.words]
    known = [dictionary[word] for word in words if word in dictionary]
    said = [sound for sounds in known for sound in sounds]
    counts = {sound: said.count(sound) for sound in every}
    assert len(every) == 39
    assert min(counts.values()) >= 15, sorted(counts.items(), key=lambda item: item[1])[:4]
    assert len(known) > 0.97 * len(words)
    pairs = {pair for sounds in known for pair in pairwise(sounds)}
    assert len(pairs) > 600


def test_espeak_says_every_sound_of_english() -> None:
    requests = [espeak_script.Request(" ".join(wording.words), "en-us", 170, 50, 50) for wording in phrases(120)]
    heard = {
        m.name.strip("',") for spoken in espeak_script.speak(requests) for m in spoken.marks if m.kind == "phoneme"
    }
    consonants = [*"pbtdkgfvTDszSZmnNlrwjh", "tS", "dZ"]
    vowels = ["i:", "I", "E", "a", "A:", "O:", "U", "u:", "V", "3:", "eI", "aI", "OI", "aU", "oU", "@"]
    assert not set(consonants) - heard
    assert len(set(vowels) - heard) <= 2


@pytest.mark.parametrize("wanted", [1, 2, 3, 5, 6, 9, 12, 18, 25, 40])
def test_phrases_are_as_long_as_wanted(wanted: int) -> None:
    missed = np.array([syllables(w.words) - wanted for w in phrases(200, wanted, happy=0.0)])
    assert abs(missed.mean()) < 0.8
    assert np.abs(missed).mean() < 1.3
    assert np.abs(missed).max() <= 6


def test_moods_come_as_often_as_asked() -> None:
    said = phrases(2000, 12, 0.1, 0.2, 0.4)
    happy, asked, plain = (
        [w for w in said if w.happy],
        [w for w in said if w.question],
        [w for w in said if not w.happy],
    )
    assert len(happy) / len(said) == pytest.approx(0.1, abs=0.03)
    assert len(asked) / len(plain) == pytest.approx(0.2, abs=0.03)
    stressed_words = [w.words[w.emphasis] for w in plain if w.emphasis >= 0]
    assert len(stressed_words) / len(plain) == pytest.approx(0.4, abs=0.04)
    assert np.mean([len(word) > 3 for word in stressed_words]) > 0.97
    assert not any(w.happy and (w.question or w.emphasis >= 0) for w in said)
    assert not any(w.happy or w.question or w.emphasis >= 0 for w in phrases(200, 8, 0.0, 0.0, 0.0))
    assert all(w.question for w in phrases(100, 8, 0.0, 1.0, 0.0))


def test_people_say_no() -> None:
    said = phrases(400, 2.5, 0.1, 0.1, 0.1)
    assert 0.05 < np.mean(["no" in w.words or "not" in w.words or "don't" in w.words for w in said]) < 0.4


def test_backchannels_fit_their_time() -> None:
    rng = np.random.default_rng(0)
    for wanted in (1, 2, 3):
        answers = [SCRIPT.backchannel(rng, wanted) for _ in range(60)]
        assert np.mean([abs(syllables(answer.words) - wanted) <= 1 for answer in answers]) > 0.95
        assert len({answer.words for answer in answers}) >= 5


def test_the_same_seed_says_the_same() -> None:
    assert phrases(50) == phrases(50)
    rng = np.random.default_rng(1)
    assert [SCRIPT.phrase(rng, 14, 0.1, 0.18, 0.35) for _ in range(50)] != phrases(50)


def test_short_phrases_stress_nothing() -> None:
    rng = np.random.default_rng(0)
    assert stressed(rng, ("oh", "yes")) == -1
    assert stressed(rng, ("a", "b", "c")) == 2
    assert {stressed(rng, ("weren't", "the", "lovely", "big", "elephant")) for _ in range(50)} == {2, 4}


@pytest.mark.skipif(find_spec("hibari") is None, reason="needs the dictionary of hibari-tts")
def test_the_wide_script_knows_more_words() -> None:
    wide, own = wide_script().grammar.vocabulary(), SCRIPT.grammar.vocabulary()
    assert own < wide
    assert len(wide) > len(own) + 5500
