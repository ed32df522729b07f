from __future__ import annotations

import numpy as np
import pytest

from tests.data.simulate.acoustics.voice import babbled, decibels, lag, tone
from visavis.core.clock import SAMPLE_RATE
from visavis.data.simulate.acoustics.filters import Filter, shaped, silences


@pytest.mark.parametrize("length", [1, 511, 5000, 40_000, 100_000])
def test_filtering_in_blocks_is_convolution(length: int) -> None:
    rng = np.random.default_rng(length)
    sound, taps = rng.standard_normal(length), rng.standard_normal(700)
    for centre in (0, 256, 699):
        whole = np.convolve(sound, taps)[centre : centre + length]
        np.testing.assert_allclose(Filter(taps, centre).applied(sound), whole, atol=1e-3)


def test_two_filters_are_one() -> None:
    rng = np.random.default_rng(0)
    sound = rng.standard_normal(9000).astype(np.float32)
    sound[:2000] = sound[-2000:] = 0
    first, second = Filter(rng.standard_normal(400), 90), Filter(rng.standard_normal(300), 10)
    np.testing.assert_allclose(
        second.after(first).applied(sound), second.applied(first.applied(sound)), rtol=1e-3, atol=2e-2
    )


@pytest.mark.parametrize("hertz", [125, 440, 2000, 6000])
def test_a_curve_is_heard_as_drawn(hertz: float) -> None:
    def curve(at: np.ndarray) -> np.ndarray:
        return np.asarray(-3 * np.log2(at / 1000))

    heard = shaped(curve).applied(tone(hertz))[2000:-2000]
    assert decibels(heard) - decibels(tone(hertz)) == pytest.approx(-3 * np.log2(hertz / 1000), abs=0.5)


def test_symmetric_filters_do_not_delay() -> None:
    voice = babbled(6)
    assert lag(voice, shaped(lambda hertz: -2 * np.log2(hertz / 1000)).applied(voice)) == 0


def test_silence_stays_exactly_silent_beyond_the_reach_of_the_filter() -> None:
    voice = babbled(8)
    path = Filter(np.random.default_rng(0).standard_normal(513), 256)
    heard = path.applied(voice)
    near = np.convolve(voice != 0, np.ones(513), "same") > 0
    assert not heard[~near].any()
    assert 0.1 < np.mean(near) < 0.9
    assert not path.applied(np.zeros(SAMPLE_RATE, dtype=np.float32)).any()


def test_silences_are_found() -> None:
    sound = np.array([0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0], dtype=np.float32)
    assert silences(sound, 3) == [(0, 3), (7, 11)]
    assert silences(sound, 2) == [(0, 3), (4, 6), (7, 11)]
    assert silences(np.zeros(4), 2) == [(0, 4)]
    assert silences(np.ones(4), 1) == []
