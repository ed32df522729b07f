import numpy as np
import pytest

from visavis.validate.metrics.intervals import Estimate, Share, by_clip, estimate, shares_of, shares_of_matches
from visavis.validate.metrics.reactions import Matches


def test_means_have_intervals_of_the_right_width() -> None:
    values = np.random.default_rng(0).normal(5, 2, size=400)
    found = estimate([[shares_of({"x": float(value)})] for value in values])["x"]
    assert found.value == pytest.approx(values.mean())
    assert width(found) == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.15)
    assert found.clips == 400


def test_ratios_are_of_sums_not_means_of_ratios() -> None:
    found = estimate([[{"f": Share(2, 2)}], [{"f": Share(0, 8)}]])["f"]
    assert found.value == pytest.approx(0.2)
    assert (found.low, found.high) == (0, 1)


def test_what_was_scored_in_one_clip_stays_together() -> None:
    twins = [[{"x": Share(value)}] * 10 for value in (0.0, 1.0)]
    apart = [[{"x": Share(value)}] for value in [0.0] * 10 + [1.0] * 10]
    narrow, wide = estimate(apart)["x"], estimate(twins)["x"]
    assert width(wide) > width(narrow)


def width(found: Estimate) -> float:
    assert found.low is not None
    assert found.high is not None
    return found.high - found.low


def test_one_clip_has_no_interval_however_much_was_scored_in_it() -> None:
    one = [{"x": Share(1.0)}, {"x": Share(3.0)}]
    assert estimate([one])["x"] == Estimate(2.0, None, None, 1)
    assert estimate([one, []])["x"] == Estimate(2.0, None, None, 1)
    two = estimate([one, [{"x": Share(5.0)}]])["x"]
    assert (two.low, two.high) == (2.0, 5.0)


def test_clips_with_nothing_to_say_are_left_out() -> None:
    found = estimate([[shares_of({"a": 1.0, "b": float("nan")})], [shares_of({"a": float("nan"), "b": float("nan")})]])
    assert found["a"].value == 1
    assert found["a"].clips == 1
    assert "b" not in found


def test_each_clip_has_the_ratio_of_its_own_sums() -> None:
    clips = [[{"f": Share(2, 2)}, {"f": Share(0, 6), "x": Share(3)}], [], [{"f": Share(0, 0), "x": Share(5)}]]
    assert by_clip(clips) == {"f": (0.25, None, None), "x": (3, None, 5)}


def test_matches_become_f1_and_errors() -> None:
    clips = [[shares_of_matches("nod", Matches(2, 2, (0.2, -0.4)))], [shares_of_matches("nod", Matches(0, 4, ()))]]
    found = estimate(clips)
    assert found["react_f1_nod"].value == pytest.approx(4 / 8)
    assert found["react_signed_s_nod"].value == pytest.approx(-0.1)
    assert found["react_absolute_s_nod"].value == pytest.approx(0.3)
