import numpy as np
import pytest

from tests.analysis.talking import ARKIT, FRAMES, mouth, talk
from visavis.analysis.closures import closed_level, is_bilabial
from visavis.core.clock import samples_in
from visavis.core.conversation import Event
from visavis.core.motion import Motion
from visavis.encode.activity import Voice, detect_voice
from visavis.validate.metrics.lips import (
    closure_rate,
    cross_talk,
    jaw_correlation,
    jaw_correlation_throughout,
    jaw_lag_ms,
    lip_sync,
    moving_while_partner_speaks,
    moving_while_silent,
    rounding_correlation,
)


@pytest.mark.parametrize("late", [-3, 0, 4])
def test_the_lag_is_positive_where_the_mouth_is_late(late: int) -> None:
    opening, voice = talk()
    found = lip_sync(mouth(np.roll(opening, late)), voice)
    assert found.lag_ms == 40 * late
    assert found.best_correlation > 0.8
    assert found.correlation <= found.best_correlation


def test_a_foreign_mouth_does_not_follow_the_voice() -> None:
    opening, voice = talk()
    foreign = mouth(talk(seed=5)[0])
    assert jaw_correlation(mouth(opening), mouth(opening), voice) == pytest.approx(1)
    assert abs(jaw_correlation(foreign, mouth(opening), voice)) < 0.3


def test_only_the_silent_mouth_that_moves_is_counted() -> None:
    opening, voice = talk()
    restless = opening.copy()
    restless[200:400] += 0.2 * (np.arange(200) % 2)
    assert moving_while_silent(mouth(opening), mouth(opening), voice) == 0
    assert moving_while_silent(mouth(restless), mouth(opening), voice) == pytest.approx(1)


def test_silence_has_no_lip_sync() -> None:
    opening, _ = talk()
    silence = detect_voice(np.zeros(samples_in(FRAMES)))
    assert np.isnan(lip_sync(mouth(opening), silence).correlation)
    assert np.isnan(jaw_correlation(mouth(opening), mouth(opening), silence))
    assert np.isnan(moving_while_silent(mouth(opening), mouth(opening), silence))


def test_closures_are_counted_on_bilabials_alone() -> None:
    opening, voice = talk()
    for onset in (20, 60):
        opening[onset : onset + 2] = 0.0
    events = [Event("phoneme", 1, onset, 2, label=label) for onset, label in ((20, "b"), (60, "m"), (100, "a"))]
    late = Event("phoneme", 1, FRAMES + 10, 2, label="p")
    bilabials = [event for event in [*events, late] if is_bilabial(event)]
    assert [event.label for event in bilabials] == ["b", "m", "p"]
    level = closed_level(mouth(opening), voice)
    assert closure_rate(mouth(opening), bilabials, level) == 1
    assert closure_rate(mouth(np.full(FRAMES, 0.3)), bilabials, level) == 0
    assert np.isnan(closure_rate(mouth(opening), [late], level))


@pytest.mark.parametrize("late", [-4, 0, 3])
def test_the_jaw_lags_behind_the_true_one(late: int) -> None:
    opening, voice = talk()
    assert jaw_lag_ms(mouth(np.roll(opening, late)), mouth(opening), voice) == 40 * late
    assert np.isnan(jaw_lag_ms(mouth(np.full(FRAMES, 0.2)), mouth(opening), voice))
    assert np.isnan(jaw_lag_ms(mouth(opening), mouth(opening), detect_voice(np.zeros(samples_in(FRAMES)))))


def test_pauses_raise_the_correlation_throughout_alone() -> None:
    opening, voice = talk()
    other = np.where(opening > 0, 0.3 + 0.05 * np.random.default_rng(3).standard_normal(FRAMES), 0)
    assert jaw_correlation(mouth(other), mouth(opening), voice) < 0.3
    assert jaw_correlation_throughout(mouth(other), mouth(opening)) > 0.5
    assert jaw_correlation_throughout(mouth(opening), mouth(opening)) == pytest.approx(1)


def test_rounding_is_seen_in_funnel_and_pucker_together() -> None:
    opening, voice = talk()
    funnelled, puckered = np.zeros((2, FRAMES, ARKIT.width))
    funnelled[:, ARKIT.indices("MouthFunnel")] = opening[:, None]
    puckered[:, ARKIT.indices("MouthPucker")] = opening[:, None]
    assert rounding_correlation(Motion(funnelled, ARKIT), Motion(puckered, ARKIT), voice) == pytest.approx(1)
    assert rounding_correlation(mouth(opening), Motion(puckered, ARKIT), voice) == 0


def test_a_mouth_is_closed_by_its_own_measure() -> None:
    opening, voice = talk()
    level = closed_level(mouth(opening), voice)
    assert closed_level(mouth(0.1 * opening), voice) == pytest.approx(0.1 * level)
    bilabial = [Event("phoneme", 1, onset, 2, label="m") for onset in range(10, 180, 9)]
    small = closure_rate(mouth(0.1 * opening), bilabial, closed_level(mouth(0.1 * opening), voice))
    assert small == closure_rate(mouth(opening), bilabial, level)
    held = mouth(np.full(FRAMES, 0.02))
    assert closure_rate(held, bilabial, closed_level(held, voice)) == 0


def speaks(frames: np.ndarray) -> Voice:
    return Voice(np.where(frames, -20.0, -80.0).astype(np.float32), frames)


def test_what_the_mouth_does_to_the_others_words_is_told() -> None:
    """The first speaks for 100 frames, the second for the 100 after; then nobody does."""
    at = np.arange(300)
    own, other = speaks(at < 100), speaks((at >= 100) & (at < 200))
    wave = 0.3 + 0.2 * np.sin(at * 0.9)
    true, partner = mouth(np.where(at < 100, wave, 0.0)), mouth(np.where((at >= 100) & (at < 200), wave, 0.0))
    assert moving_while_partner_speaks(true, true, own, other) == 0
    assert cross_talk(true, partner, own, other) == 0
    babbling = mouth(wave)
    assert moving_while_partner_speaks(babbling, true, own, other) > 0.7
    assert cross_talk(babbling, partner, own, other) == pytest.approx(1, abs=1e-6)
    restless_after = mouth(np.where((at < 100) | (at >= 225), wave, 0.0))
    assert moving_while_partner_speaks(restless_after, true, own, other) == 0
    assert moving_while_silent(restless_after, true, own) > 0.3, "nobody else's words, but not at rest"


def test_without_a_partner_who_speaks_alone_there_is_no_cross_talk() -> None:
    at = np.arange(300)
    own, wave = speaks(at < 250), mouth(0.3 + 0.2 * np.sin(at * 0.9))
    for partner in (speaks(at < 0), speaks(at < 250)):
        assert np.isnan(moving_while_partner_speaks(wave, wave, own, partner))
        assert np.isnan(cross_talk(wave, wave, own, partner))
