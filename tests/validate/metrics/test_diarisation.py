from __future__ import annotations

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.validate.metrics.diarisation import (
    DiarisationError,
    diarisation_error,
    frame_error,
    overlap_share,
    utterances,
)


def spans(*pairs: tuple[float, float]) -> np.ndarray:
    return np.array(pairs, np.float64).reshape(-1, 2)


TRUTH = [spans((0, 4), (8, 10)), spans((5, 8))]


def test_what_is_told_as_it_is_has_no_error_whatever_people_are_called() -> None:
    for found in (TRUTH, TRUTH[::-1], [*TRUTH, spans()]):
        assert diarisation_error(TRUTH, found, 10, collar_s=0) == DiarisationError(0, 0, 0, 9)


def test_missed_false_and_confused_speech_is_counted_in_seconds() -> None:
    late = [spans((1, 4), (8, 10)), spans((5, 8))]
    assert diarisation_error(TRUTH, late, 10, 0) == DiarisationError(1, 0, 0, 9)
    early = [spans((0, 4.5), (8, 10)), spans((5, 8))]
    assert diarisation_error(TRUTH, early, 10, 0) == DiarisationError(0, 0.5, 0, 9)
    changed = [spans((0, 4)), spans((5, 8), (8, 10))]
    assert diarisation_error(TRUTH, changed, 10, 0) == DiarisationError(0, 0, 2, 9)
    one = [spans((0, 10))]
    error = diarisation_error(TRUTH, one, 10, 0)
    assert error == DiarisationError(0, 1, 3, 9)
    assert error.rate == pytest.approx(4 / 9)
    assert diarisation_error(TRUTH, [], 10, 0) == DiarisationError(9, 0, 0, 9)


def test_two_who_speak_at_once_count_twice() -> None:
    both = [spans((0, 4)), spans((2, 6))]
    assert diarisation_error(both, [spans((0, 6))], 10, 0) == DiarisationError(2, 0, 2, 8)


def test_nothing_counts_within_the_collar_of_a_true_border() -> None:
    almost = [spans((0.2, 4.25), (7.8, 10)), spans((4.75, 8.2))]
    assert diarisation_error(TRUTH, almost, 10, 0).rate > 0.1
    error = diarisation_error(TRUTH, almost, 10, 0.25)
    assert error.rate == 0
    assert error.spoken_s == pytest.approx(9 - 6 * 0.25)
    assert diarisation_error(TRUTH, [spans((0, 3)), spans()], 10, 0.25).missed_s == pytest.approx(0.75 + 1.5 + 2.5)


def test_errors_of_recordings_add_up() -> None:
    total = DiarisationError(1, 0, 0, 4) + DiarisationError(0, 2, 1, 16)
    assert total == DiarisationError(1, 2, 1, 20)
    assert total.rate == pytest.approx(0.2)
    assert np.isnan(DiarisationError(0, 0, 0, 0).rate)


def test_too_many_people_are_refused() -> None:
    with pytest.raises(VisavisError, match="7 and 0 people are too many"):
        diarisation_error([spans()] * 7, [], 1)


def test_frames_are_judged_in_the_better_order() -> None:
    truth = np.array([[1, 0], [1, 0], [1, 1], [0, 1]], bool)
    assert frame_error(truth, truth[:, ::-1]) == 0
    assert frame_error(truth, np.zeros_like(truth)) == 5 / 8
    assert frame_error(truth, ~truth) == frame_error(truth, np.stack([~truth[:, 1], ~truth[:, 0]], 1)) == 2 / 8
    assert overlap_share(truth) == 1 / 4
    assert overlap_share(np.zeros((3, 2), bool)) == 0


def test_utterances_are_stretches_of_frames() -> None:
    speaking = np.zeros((100, 2), bool)
    speaking[25:50, 0] = speaking[75:, 0] = True
    first, second = utterances(speaking)
    assert first.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert second.shape == (0, 2)
