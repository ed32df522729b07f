import numpy as np
import pytest

from tests.analysis.talking import FRAMES, mouth, talk
from visavis.analysis.lip_sync import LONGEST_JAW_LAG, LONGEST_LAG, lags_behind_mouth, lags_behind_voice
from visavis.core.clock import samples_in
from visavis.encode.activity import detect_voice


@pytest.mark.parametrize("late", [-3, 0, 4])
def test_the_curve_peaks_where_the_mouth_is_late(late: int) -> None:
    opening, voice = talk()
    for curve in (
        lags_behind_voice(mouth(np.roll(opening, late)), voice),
        lags_behind_mouth(mouth(np.roll(opening, late)), mouth(opening), voice),
    ):
        assert curve is not None
        assert curve.best_lag_ms == 40 * late
        assert curve.correlations[curve.lags.index(late)] == curve.best > 0.8


def test_lags_reach_as_far_as_stated() -> None:
    opening, voice = talk()
    behind_voice = lags_behind_voice(mouth(opening), voice)
    behind_mouth = lags_behind_mouth(mouth(opening), mouth(opening), voice)
    assert behind_voice is not None
    assert behind_mouth is not None
    assert (min(behind_voice.lags), max(behind_voice.lags)) == (-LONGEST_LAG, LONGEST_LAG)
    assert (min(behind_mouth.lags), max(behind_mouth.lags)) == (-LONGEST_JAW_LAG, LONGEST_JAW_LAG)


def test_silence_has_no_lags_and_a_still_mouth_follows_nothing() -> None:
    opening, voice = talk()
    silence, still = detect_voice(np.zeros(samples_in(FRAMES))), mouth(np.full(FRAMES, 0.2))
    assert lags_behind_voice(mouth(opening), silence) is None
    assert lags_behind_mouth(mouth(opening), mouth(opening), silence) is None
    assert lags_behind_voice(mouth(opening[: 2 * LONGEST_LAG]), voice) is None
    for curve in (lags_behind_voice(still, voice), lags_behind_mouth(still, mouth(opening), voice)):
        assert curve is not None
        assert curve.still
        assert set(curve.correlations) == {0.0}
