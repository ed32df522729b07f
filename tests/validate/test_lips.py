import numpy as np
import pytest

from visavis.core.clock import samples_in
from visavis.core.conversation import Event
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_from_groups, space_named
from visavis.encode.activity import Voice, hear
from visavis.validate.lips import (
    closed_level,
    closest_frame,
    closure_rate,
    has_jaw,
    has_rounding,
    is_bilabial,
    jaw_correlation,
    jaw_correlation_throughout,
    jaw_lag_ms,
    lip_gap,
    lip_sync,
    mouth_opening,
    moving_while_silent,
    rounding_correlation,
)

ARKIT, FLAME = space_named("arkit61"), space_named("flame56")
FRAMES = 600


def talk(seed: int = 0) -> tuple[np.ndarray, Voice]:
    """An opening (T,) and a voice whose loudness follows it; frames 200 to 400 are silent."""
    noise = np.random.default_rng(seed).normal(size=FRAMES + 4)
    opening = np.clip(0.3 + 0.5 * np.stack([noise[i : i + FRAMES] for i in range(5)]).mean(axis=0), 0.02, 1)
    opening[200:400] = 0
    carrier = np.random.default_rng(9).normal(size=samples_in(FRAMES))
    return opening, hear(0.3 * carrier * np.repeat(opening, samples_in(1)))


def mouth(opening: np.ndarray) -> Motion:
    values = np.zeros((len(opening), ARKIT.width))
    values[:, ARKIT.indices("JawOpen")] = opening[:, None]
    return Motion(values, ARKIT)


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
    silence = hear(np.zeros(samples_in(FRAMES)))
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


def test_the_closest_frame_lies_within_a_frame_of_the_phoneme() -> None:
    gap = np.full(20, 0.5)
    gap[[4, 9, 13]] = (0.2, 0.1, 0.0)
    lips = mouth(gap)

    def closest(onset: int, duration: int) -> int | None:
        return closest_frame(lips, Event("phoneme", 1, onset, duration, "", "p"))

    assert [closest(5, 3), closest(5, 4), closest(14, 1), closest(0, 2), closest(15, 5)] == [4, 9, 13, 0, 14]
    assert closest(30, 2) is None


def test_closed_lips_over_an_open_jaw_are_closed() -> None:
    values = np.zeros((10, ARKIT.width))
    values[:, ARKIT.indices("JawOpen")] = 0.4
    values[5:, ARKIT.indices("MouthClose")] = 0.4
    assert lip_gap(Motion(values, ARKIT)) == pytest.approx([0.4] * 5 + [0.0] * 5)


def test_a_turning_jaw_opens_by_its_angle() -> None:
    values = np.zeros((2, FLAME.width))
    values[1, FLAME.indices("jaw")] = (0.3, 0.0, 0.4)
    assert mouth_opening(Motion(values, FLAME)) == pytest.approx([0, 0.5])
    jawless = space_from_groups("jawless", {"exp": (4, "weight")})
    with pytest.raises(VisavisError, match="no jaw"):
        mouth_opening(Motion(np.zeros((2, 4)), jawless))


@pytest.mark.parametrize("late", [-4, 0, 3])
def test_the_jaw_lags_behind_the_true_one(late: int) -> None:
    opening, voice = talk()
    assert jaw_lag_ms(mouth(np.roll(opening, late)), mouth(opening), voice) == 40 * late
    assert np.isnan(jaw_lag_ms(mouth(np.full(FRAMES, 0.2)), mouth(opening), voice))
    assert np.isnan(jaw_lag_ms(mouth(opening), mouth(opening), hear(np.zeros(samples_in(FRAMES)))))


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


def test_only_what_is_known_can_be_read() -> None:
    values = np.zeros((10, ARKIT.width))
    jaw = Motion(values, ARKIT, known=frozenset({"JawOpen"}))
    assert has_jaw(jaw)
    assert not has_rounding(jaw)
    assert not has_jaw(Motion(values, ARKIT, known=frozenset({"MouthFunnel", "MouthPucker"})))
    assert has_rounding(Motion(values, ARKIT))
    assert has_jaw(Motion(np.zeros((3, FLAME.width)), FLAME))
    assert not has_rounding(Motion(np.zeros((3, FLAME.width)), FLAME))


def test_a_mouth_is_closed_by_its_own_measure() -> None:
    opening, voice = talk()
    level = closed_level(mouth(opening), voice)
    assert closed_level(mouth(0.1 * opening), voice) == pytest.approx(0.1 * level)
    bilabial = [Event("phoneme", 1, onset, 2, label="m") for onset in range(10, 180, 9)]
    small = closure_rate(mouth(0.1 * opening), bilabial, closed_level(mouth(0.1 * opening), voice))
    assert small == closure_rate(mouth(opening), bilabial, level)
    held = mouth(np.full(FRAMES, 0.02))
    assert closure_rate(held, bilabial, closed_level(held, voice)) == 0
