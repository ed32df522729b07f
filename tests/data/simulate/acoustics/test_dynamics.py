from __future__ import annotations

import numpy as np
import pytest

from tests.data.simulate.acoustics.voice import babbled, decibels, tone
from visavis.core.clock import SAMPLE_RATE
from visavis.data.simulate.acoustics.dynamics import AutomaticGain, Clipping, Drift, Gate, peaking_at, speech_level


def test_the_level_of_speech_is_that_of_its_speech() -> None:
    sound = np.concatenate([np.zeros(3 * SAMPLE_RATE, dtype=np.float32), 0.1 * tone(400), np.zeros(SAMPLE_RATE)])
    assert speech_level(sound) == pytest.approx(decibels(0.1 * tone(400)), abs=0.05)
    assert speech_level(sound * 0.01) == pytest.approx(speech_level(sound) - 40, abs=1e-3)
    assert speech_level(np.zeros(100)) == -np.inf
    assert speech_level(np.zeros(0)) == -np.inf


def test_peaks_are_where_they_should_be() -> None:
    voice = babbled(4)
    for peak_db in (-35.0, -1.0):
        assert 20 * np.log10(np.abs(peaking_at(voice, peak_db)).max()) == pytest.approx(peak_db, abs=1e-4)
    assert not peaking_at(np.zeros(10, dtype=np.float32), -3).any()


def test_drift_is_slow_and_as_wide_as_drawn() -> None:
    steady = np.ones(120 * SAMPLE_RATE, dtype=np.float32)
    gain = 20 * np.log10(Drift(2.0).applied(steady, np.random.default_rng(0)))
    knots = gain[:: round(2.5 * SAMPLE_RATE)]
    assert np.std(knots) == pytest.approx(2.0, rel=0.3)
    assert np.abs(gain[SAMPLE_RATE:] - gain[:-SAMPLE_RATE]).max() < 5
    assert np.abs(np.diff(gain)).max() < 1e-3


def test_automatic_gain_evens_out_and_waits_in_pauses() -> None:
    loud, faint, none = 0.3 * tone(300, 4), 0.03 * tone(300, 4), np.zeros(2 * SAMPLE_RATE, dtype=np.float32)
    sound = np.concatenate([loud, faint, none, faint, loud])
    heard = AutomaticGain(0.1, 0.4).applied(sound)
    second = slice(7 * SAMPLE_RATE, 8 * SAMPLE_RATE)
    last = slice(16 * SAMPLE_RATE, 17 * SAMPLE_RATE)
    before, after = (decibels(s[last]) - decibels(s[second]) for s in (sound, heard))
    assert before == pytest.approx(20, abs=0.1)
    assert 0 <= after < before - 14
    assert not heard[8 * SAMPLE_RATE : 10 * SAMPLE_RATE].any()
    gain = heard[second] / np.where(np.abs(sound[second]) > 0.01, sound[second], np.nan)
    resumed = heard[10 * SAMPLE_RATE + 800 : 10 * SAMPLE_RATE + 1600]
    assert decibels(resumed) - decibels(faint) == pytest.approx(20 * np.log10(np.nanmean(gain)), abs=1)


@pytest.mark.parametrize("soft", [False, True])
def test_clipping_stops_at_its_limit(soft: bool) -> None:
    sound = 0.5 * tone(200)
    heard = Clipping(6.0, soft).applied(sound)
    limit = 0.5 * 10 ** (-6 / 20)
    assert np.abs(heard).max() <= limit * (1 + 1e-6)
    small = np.abs(sound) < 0.02
    np.testing.assert_allclose(heard[small], sound[small], rtol=0.01)
    flat = np.mean(np.abs(heard) > 0.999 * limit)
    assert (flat == 0) if soft else (flat == pytest.approx(1 - 2 / np.pi * np.arcsin(limit / 0.5), abs=0.01))
    assert not Clipping(6.0, soft).applied(np.zeros(10, dtype=np.float32)).any()


def test_a_gate_keeps_the_voice_and_silences_its_pauses() -> None:
    voice = babbled(10)
    noisy = voice + 0.002 * np.random.default_rng(0).standard_normal(len(voice)).astype(np.float32)
    speaking = np.convolve(voice != 0, np.ones(round(0.5 * SAMPLE_RATE)), "same") > 0
    loud = np.convolve(np.abs(voice), np.ones(160) / 160, "same") > 0.02
    closed = Gate(np.inf, 0.2).applied(noisy, voice)
    assert not closed[~speaking].any()
    np.testing.assert_array_equal(closed[loud], noisy[loud])
    faint = Gate(20.0, 0.2).applied(noisy, voice)
    assert decibels(faint[~speaking]) == pytest.approx(decibels(noisy[~speaking]) - 20, abs=0.1)
    assert np.mean(~speaking) > 0.05
    beginning = int(np.flatnonzero(voice)[0])
    np.testing.assert_array_equal(closed[beginning : beginning + 800], noisy[beginning : beginning + 800])
    assert not Gate(np.inf, 0.2).applied(noisy, np.zeros_like(voice)).any()
