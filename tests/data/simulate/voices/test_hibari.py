from __future__ import annotations

import numpy as np
import pytest

from tests.data.simulate.voices.phrases import BUMPY, BUMPY_BILABIALS, STRESSED, bilabials, check_spoken, pitch
from visavis.data.simulate.text import Wording
from visavis.data.simulate.voices.hibari import HibariVoice
from visavis.data.simulate.voices.voice import Request, speak

pytest.importorskip("hibari", reason="the natural voice hibari is not installed")


def test_a_phrase_comes_with_its_words_and_phonemes() -> None:
    plain, quick = speak([Request(HibariVoice(), BUMPY), Request(HibariVoice(), BUMPY, 1.4)])
    for spoken in (plain, quick):
        check_spoken(spoken, BUMPY.words)
        assert bilabials(spoken) == BUMPY_BILABIALS
        assert {p.stress for p in spoken.phonemes} == {0, 1, 2} - ({1} - {p.stress for p in spoken.phonemes})
    assert len(plain.sound) / len(quick.sound) == pytest.approx(1.4, abs=0.2)


def test_lips_that_close_make_the_sound_faint() -> None:
    """The dip of a p or b lies where the phoneme is said to be: the times fit the sound."""
    spoken = speak([Request(HibariVoice(), BUMPY)])[0]
    level = np.convolve(np.square(spoken.sound), np.ones(160) / 160, "same")
    inside = [level[p.start : p.end].min() for p in spoken.phonemes if p.name in ("p", "b")]
    vowels = [level[p.start : p.end].mean() for p in spoken.phonemes if p.stress == 2]
    assert np.median(inside) < 0.03 * np.median(vowels)


def test_other_speakers_have_other_pitches_and_formants_and_the_same_times() -> None:
    man, woman = speak([Request(HibariVoice(p, f, seed=1), BUMPY) for p, f in ((0.6, 0.86), (1.1, 1.1))])
    assert man.phonemes == woman.phonemes
    assert pitch(woman.sound) / pitch(man.sound) == pytest.approx(1.1 / 0.6, rel=0.15)

    low, high = speak([Request(HibariVoice(1.0, f, seed=1), BUMPY) for f in (0.86, 1.15)])
    assert stretch(low.sound, high.sound) == pytest.approx(1.15 / 0.86, rel=0.1)
    assert pitch(high.sound) == pytest.approx(pitch(low.sound), rel=0.05)


def stretch(low: np.ndarray, high: np.ndarray) -> float:
    """By which factor the long-term spectrum of one lies higher than that of the other, between 300 and 4000 Hz."""
    factors = np.geomspace(0.7, 1.6, 60)
    hertz = np.geomspace(300, 4000, 200)

    def curve(sound: np.ndarray, factor: float) -> np.ndarray:
        windows = np.lib.stride_tricks.sliding_window_view(sound, 1024)[::256] * np.hanning(1024)
        power = np.log(np.square(np.abs(np.fft.rfft(windows))).mean(0) + 1e-12)
        smooth = np.convolve(power, np.ones(25) / 25, "same")
        return np.asarray(np.interp(hertz * factor, np.fft.rfftfreq(1024, 1 / 16_000), smooth))

    scores = [np.corrcoef(curve(low, 1.0), curve(high, factor))[0, 1] for factor in factors]
    return float(factors[int(np.argmax(scores))])


def test_emphasis_raises_one_word_and_happiness_all() -> None:
    voice = HibariVoice()
    plain, stressed, happy = speak([Request(voice, w) for w in (BUMPY, STRESSED, Wording(BUMPY.words, happy=True))])
    assert [word.text for word in stressed.words if word.emphasis] == ["paper"]
    word, before = stressed.words[4], stressed.words[1]
    assert pitch(stressed.sound[word.start : word.end]) > 1.1 * pitch(plain.sound[word.start : word.end])
    assert pitch(stressed.sound[: before.end]) == pytest.approx(pitch(plain.sound[: before.end]), rel=0.02)
    assert pitch(happy.sound) > 1.1 * pitch(plain.sound)


def test_the_same_bytes_every_time() -> None:
    first, again, other = (speak([Request(HibariVoice(seed=s), STRESSED)])[0].sound for s in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_other_speakers_are_as_smooth_as_the_recorded_one() -> None:
    """What the network leaves between its harmonics must not be heard: it came as bursts."""

    def crest_db(voice: HibariVoice) -> float:
        sound = speak([Request(voice, BUMPY)])[0].sound
        return float(20 * np.log10(np.abs(sound).max() / sound.std()))

    native = crest_db(HibariVoice())
    for voice in (HibariVoice(0.6, 1.0), HibariVoice(1.0, 0.87), HibariVoice(0.6, 0.87), HibariVoice(1.4, 1.13)):
        assert crest_db(voice) < native + 2
