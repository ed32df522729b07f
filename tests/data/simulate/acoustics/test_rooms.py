from __future__ import annotations

import numpy as np
import pytest

from tests.data.simulate.acoustics.voice import babbled, lag
from visavis.core.clock import SAMPLE_RATE
from visavis.data.simulate.acoustics.rooms import Room


@pytest.mark.parametrize("rt60_s", [0.15, 0.4, 0.7])
def test_reverberation_dies_away_in_its_time(rt60_s: float) -> None:
    """By Schroeder's backward integral, fitted from -5 to -25 dB, without dullness and echoes."""
    measured = []
    for seed in range(8):
        taps = Room(rt60_s, 0.0, dullness=1.0, reflections=0).response(np.random.default_rng(seed)).taps
        taps[0] = 0
        left = np.cumsum(taps[::-1].astype(np.float64) ** 2)[::-1]
        decay = 10 * np.log10(left / left[0] + 1e-12)
        within = (decay < -5) & (decay > -25)
        slope = np.polyfit(np.flatnonzero(within) / SAMPLE_RATE, decay[within], 1)[0]
        measured.append(-60 / slope)
    assert np.mean(measured) == pytest.approx(rt60_s, rel=0.08)


@pytest.mark.parametrize("direct_db", [-2.0, 6.0, 15.0])
def test_the_direct_sound_stands_out_as_drawn(direct_db: float) -> None:
    response = Room(0.5, direct_db).response(np.random.default_rng(1))
    assert response.centre == 0
    assert response.taps[0] == 1
    energy = np.sum(response.taps[1:].astype(np.float64) ** 2)
    assert -10 * np.log10(energy) == pytest.approx(direct_db, abs=0.01)
    assert not response.taps[1 : round(0.0015 * SAMPLE_RATE)].any()


@pytest.mark.parametrize("seed", range(6))
def test_sound_in_a_room_is_where_it_was(seed: int) -> None:
    rng = np.random.default_rng(seed)
    voice = babbled(8, seed)
    heard = Room(float(rng.uniform(0.1, 0.7)), float(rng.uniform(0, 15))).response(rng).applied(voice)
    assert lag(voice, heard) == 0
    first = int(np.flatnonzero(voice)[0])
    assert not heard[:first].any()


def test_high_frequencies_die_away_first() -> None:
    taps = Room(0.6, 0.0, dullness=2.0).response(np.random.default_rng(0)).taps

    def high_share(part: np.ndarray) -> float:
        power = np.abs(np.fft.rfft(part)) ** 2
        return float(power[len(power) // 2 :].sum() / power.sum())

    assert high_share(taps[4800:8000]) < 0.6 * high_share(taps[800:2400])
