import numpy as np
import pytest

from tests.analysis.talking import FRAMES, talk
from visavis.analysis.correlation import LagCurve, correlation, correlation_while_speaking, lags_within, still_curve
from visavis.core.clock import samples_in
from visavis.encode.activity import detect_voice


def test_correlation_of_a_constant_is_zero() -> None:
    assert correlation(np.ones(5), np.arange(5)) == 0
    assert correlation(np.arange(5), -2.0 * np.arange(5)) == pytest.approx(-1)


def test_only_speech_counts_while_speaking() -> None:
    opening, voice = talk()
    other = np.where(voice.speaking, opening, 1 - opening)
    assert correlation_while_speaking(opening, other, voice) == pytest.approx(1)
    assert correlation(opening, other) < 0.9
    assert np.isnan(correlation_while_speaking(opening, other, detect_voice(np.zeros(samples_in(FRAMES)))))
    assert correlation_while_speaking(opening[:150], other, voice) == pytest.approx(1), "the shortest of them counts"


def test_the_best_lag_is_the_first_of_the_greatest_correlations() -> None:
    curve = LagCurve(lags_within(2), (0.1, 0.9, 0.2, 0.9, -1.0))
    assert (curve.at_zero, curve.best, curve.best_lag_ms) == (0.2, 0.9, -40)
    assert lags_within(2) == (-2, -1, 0, 1, 2)


def test_what_stands_still_has_no_best_lag() -> None:
    curve = still_curve(3)
    assert (curve.at_zero, curve.best, len(curve.lags)) == (0, 0, 7)
    assert np.isnan(curve.best_lag_ms)
