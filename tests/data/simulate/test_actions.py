from __future__ import annotations

import numpy as np
import pytest

from visavis.core.clock import FPS, SAMPLE_RATE
from visavis.data.simulate.actions import Action, ease, frame_at, frames_for, oscillation, plateau, slow_noise


def test_ease_is_a_smooth_step() -> None:
    x = np.linspace(-1, 2, 3001)
    y = ease(x)
    assert not y[x <= 0].any()
    assert (y[x >= 1] == 1).all()
    np.testing.assert_allclose(y + y[::-1], 1, atol=1e-12)
    assert np.diff(y).min() >= 0
    assert np.abs(np.diff(y, n=2)).max() < 7e-6, "its second derivative is below 10 / sqrt(3) everywhere"


def test_a_plateau_is_up_between_rise_and_fall_only() -> None:
    t = np.arange(-5, 40, 0.5)
    curve = plateau(t, 30.0, 4.0, 6.0)
    assert not curve[(t <= 0) | (t >= 30)].any()
    assert (curve[(t >= 4) & (t <= 24)] == 1).all()
    np.testing.assert_allclose(curve[(t == 2) | (t == 27)], 0.5)


def test_each_swing_is_three_quarters_of_the_last() -> None:
    peaks = oscillation(np.array([5.0, 15.0, 25.0]), 30.0, 3)
    np.testing.assert_allclose(peaks, [1, 0.75, 0.75**2])
    np.testing.assert_allclose(oscillation(np.array([-3.0, 0.0, 10.0, 20.0, 30.0, 33.0]), 30.0, 3), 0, atol=1e-12)


def test_slow_noise_has_unit_variance_and_nothing_quick() -> None:
    noise = slow_noise(np.random.default_rng(0), 20_000, 4, 0.08, 0.35)
    assert noise.shape == (20_000, 4)
    assert noise.std(0) == pytest.approx(1, abs=0.1)
    assert np.abs(np.corrcoef(noise.T) - np.eye(4)).max() < 0.15
    power = (np.abs(np.fft.rfft(noise * np.hanning(len(noise))[:, None], axis=0)) ** 2).sum(1)
    hertz = np.fft.rfftfreq(len(noise), 1 / FPS)
    assert power[hertz > 1.0].sum() < 1e-4 * power.sum()
    np.testing.assert_array_equal(noise, slow_noise(np.random.default_rng(0), 20_000, 4, 0.08, 0.35))


def test_the_log_stays_within_the_recording() -> None:
    for onset in (-2.5, 0.0, 47.3, 99.9, 120.0):
        event = Action("nod", onset, 20.4, 0.1, "partner phrase end").event(2, 100)
        assert (event.kind, event.person, event.cause) == ("nod", 2, "partner phrase end")
        assert 0 <= event.onset < event.onset + event.duration <= 100
    inside = Action("nod", 47.3, 20.4, 0.1).event(1, 100)
    assert (inside.onset, inside.duration) == (47, 20)
    assert frame_at(3 * SAMPLE_RATE) == frames_for(3) == 3 * FPS
