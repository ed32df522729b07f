from __future__ import annotations

import numpy as np
import pytest

from tests.data.simulate.acoustics.voice import babbled, tone
from visavis.core.clock import SAMPLE_RATE
from visavis.data.simulate.acoustics.resampling import resampled


@pytest.mark.parametrize("factor", [0.88, 1.0, 1.14])
def test_every_frequency_moves_by_the_factor(factor: float) -> None:
    heard = resampled(tone(1000, 2) + 0.3 * tone(3000, 2), factor)
    spectrum = np.abs(np.fft.rfft(heard.sound * np.hanning(len(heard.sound))))
    hertz = np.fft.rfftfreq(len(heard.sound), 1 / SAMPLE_RATE)
    assert hertz[spectrum.argmax()] == pytest.approx(1000 * factor, abs=1)
    assert hertz[np.where(hertz > 2000 * factor, spectrum, 0).argmax()] == pytest.approx(3000 * factor, abs=1)
    assert len(heard.sound) == pytest.approx(2 * SAMPLE_RATE / factor, abs=2)


@pytest.mark.parametrize("factor", [0.88, 1.14])
def test_times_move_with_the_sound(factor: float) -> None:
    sound = np.zeros(SAMPLE_RATE, dtype=np.float32)
    for at in (1000, 7000, 15_000):
        sound[at - 40 : at + 40] = np.hanning(80)
    heard = resampled(sound, factor)
    for at in (1000, 7000, 15_000):
        there = heard.at(at)
        assert abs(int(heard.sound[there - 60 : there + 60].argmax()) - 60) <= 1
    assert heard.at(len(sound)) == len(heard.sound)


def test_a_synthesisers_rate_is_taken_along_in_one_go() -> None:
    fast = resampled(babbled(3), 1.1, 24_000)
    assert len(fast.sound) == pytest.approx(len(babbled(3)) * SAMPLE_RATE / 24_000 / 1.1, abs=2)
    assert fast.sound.dtype == np.float32
    np.testing.assert_array_equal(fast.sound, resampled(babbled(3), 1.1, 24_000).sound)
