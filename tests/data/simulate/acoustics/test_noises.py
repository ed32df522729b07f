from __future__ import annotations

import numpy as np
import pytest

from tests.data.simulate.acoustics.voice import babbled, decibels
from visavis.core.clock import SAMPLE_RATE
from visavis.data.levels import speech_level
from visavis.data.simulate.acoustics.noises import Babble, Background, Coloured, Fan, Hum, Keys, Noise

PARTNER = babbled(20, seed=4)
KINDS = (Coloured(0), Coloured(-3), Coloured(-6), Hum(50), Fan(300, 9), Keys(2), Babble(5))


def octave_levels(sound: np.ndarray, centres: list[float]) -> list[float]:
    """The mean power density in the octave around each frequency [dB]."""
    power = np.abs(np.fft.rfft(sound)) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    return [10 * np.log10(power[(hertz > c / 2**0.5) & (hertz < c * 2**0.5)].mean()) for c in centres]


@pytest.mark.parametrize("slope_db", [0.0, -3.0, -6.0])
def test_colours_fall_by_their_slope(slope_db: float) -> None:
    levels = octave_levels(Coloured(slope_db).made(np.random.default_rng(0), PARTNER), [200, 400, 800, 1600, 3200])
    np.testing.assert_allclose(np.diff(levels), slope_db, atol=0.5)


def test_hum_is_the_mains_and_its_harmonics() -> None:
    sound = Hum(50, fall_db=6.0, harmonics=3).made(np.random.default_rng(0), PARTNER)[: 2 * SAMPLE_RATE]
    amplitude = np.abs(np.fft.rfft(sound)) / SAMPLE_RATE
    np.testing.assert_allclose(amplitude[[100, 200, 300]], 10 ** (-6 * np.arange(3) / 20), rtol=1e-3)
    amplitude[[100, 200, 300]] = 0
    assert amplitude.max() < 1e-3


def test_a_fan_beats_and_peaks() -> None:
    sound = Fan(400, 8.0).made(np.random.default_rng(0), PARTNER)
    assert int(np.argmax(octave_levels(sound, [100, 200, 400, 800, 1600]))) == 2
    power = np.square(sound).reshape(-1, 160).mean(1)
    beat = np.abs(np.fft.rfft(power - power.mean()))
    assert np.fft.rfftfreq(len(power), 0.01)[beat.argmax()] == pytest.approx(8, abs=0.1)


def test_keys_are_short_bursts_with_silence_between() -> None:
    sound = np.concatenate([Keys(2).made(np.random.default_rng(seed), PARTNER) for seed in range(5)])
    assert 0.01 < np.mean(sound != 0) < 0.3
    starts = np.flatnonzero(np.diff((np.abs(sound) > 0).astype(int)) > 0)
    assert len(starts) / (len(sound) / SAMPLE_RATE) == pytest.approx(2, rel=0.5)


def test_babble_is_the_partner_at_other_moments() -> None:
    one = Babble(1).made(np.random.default_rng(0), PARTNER)
    spectra = np.fft.rfft(one), np.fft.rfft(PARTNER)
    agreement = np.fft.irfft(spectra[0] * np.conj(spectra[1]), len(one))
    shift = int(agreement.argmax())
    assert shift >= SAMPLE_RATE
    np.testing.assert_allclose(np.abs(spectra[0]).sum() / np.abs(spectra[1]).sum(), 0.75, atol=0.26)
    many = Babble(6).made(np.random.default_rng(0), PARTNER)
    assert np.mean(many != 0) > np.mean(PARTNER != 0)
    assert not Babble(3).made(np.random.default_rng(0), np.zeros(100, dtype=np.float32)).any()


@pytest.mark.parametrize("noise", KINDS, ids=lambda noise: type(noise).__name__)
@pytest.mark.parametrize("snr_db", [15.0, 45.0])
def test_noise_is_as_far_below_the_voice_as_drawn(noise: Noise, snr_db: float) -> None:
    sound = Background(noise, snr_db).behind(-23.0, np.random.default_rng(0), PARTNER)
    assert len(sound) == len(PARTNER)
    steady = not isinstance(noise, Babble | Keys)
    assert (decibels(sound) if steady else speech_level(sound)) == pytest.approx(-23 - snr_db, abs=0.05)
    again = Background(noise, snr_db).behind(-23.0, np.random.default_rng(0), PARTNER)
    np.testing.assert_array_equal(sound, again)
    other = Background(noise, snr_db).behind(-23.0, np.random.default_rng(1), PARTNER)
    assert not np.array_equal(sound, other)


def test_noise_behind_silence_is_silence() -> None:
    assert not Background(Coloured(0), 20).behind(-np.inf, np.random.default_rng(0), PARTNER).any()
