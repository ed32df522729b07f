import math

import pytest

from visavis.validate.metrics.reactions import Matches, match_onsets, sum_matches


def test_nothing_to_find_and_nothing_found_has_no_f1() -> None:
    assert math.isnan(match_onsets([], []).f1)
    assert match_onsets([10], []).f1 == 0
    assert match_onsets([], [10]).f1 == 0


def test_the_tolerance_is_half_a_second_either_way() -> None:
    assert match_onsets([112], [100]).f1 == 1
    assert match_onsets([88], [100]).f1 == 1
    assert match_onsets([113], [100]).f1 == 0


def test_two_detections_cannot_share_one_event() -> None:
    matches = match_onsets([98, 103], [100])
    assert (matches.found, matches.true, len(matches.errors_s)) == (2, 1, 1)
    assert matches.errors_s[0] == pytest.approx(-2 / 25)
    assert matches.precision == 0.5
    assert matches.recall == 1


def test_more_pairs_come_before_closer_pairs() -> None:
    # Nearest-first would pair 110 with 108 and leave 100 and 120 alone, which are 20 frames apart.
    matches = match_onsets([100, 110], [108, 120])
    assert len(matches.errors_s) == 2
    assert matches.errors_s == pytest.approx((-8 / 25, -10 / 25))


def test_among_equally_many_pairs_the_closest_are_taken() -> None:
    assert match_onsets([100, 108, 111], [110]).errors_s == pytest.approx((1 / 25,))


def test_order_does_not_matter_and_errors_are_late_minus() -> None:
    matches = match_onsets([205, 105], [200, 100])
    assert matches.signed_error_s == pytest.approx(0.2)
    assert match_onsets([95, 205], [200, 100]).signed_error_s == pytest.approx(0.0)
    assert match_onsets([95, 205], [200, 100]).absolute_error_s == pytest.approx(0.2)


def test_sums_pool_the_counts() -> None:
    total = sum_matches([Matches(1, 2, (0.1,)), Matches(3, 0, ())])
    assert total == Matches(4, 2, (0.1,))
    assert total.f1 == pytest.approx(2 / 6)
