from __future__ import annotations

import pytest

from visavis.models.talking_together.layout_effects import SEATED, STANDING, Rank
from visavis.models.talking_together.layout_phrases import PHRASES


def says(text: str) -> set[str]:
    return {effect.says for pattern, effect in PHRASES if pattern.fullmatch(text)}


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("face to face", "face to face"),
        ("across from each other", "face to face"),
        ("next to one another", "side by side"),
        ("next to the woman", "side by side"),
        ("behind the other", "one behind the other"),
        ("in the hospital bed", ""),
        ("couches", "on a sofa"),
        ("behind a desk", ""),
        ("chat", "talking"),
        ("cat", ""),
    ],
)
def test_a_phrase_has_one_meaning(text: str, meaning: str) -> None:
    assert says(text) == ({meaning} if meaning else set())


def test_a_person_of_middle_size_sits_and_stands_at_usual_heights() -> None:
    assert 1.1 <= SEATED.height_m(1.0) <= 1.3
    assert 1.5 <= STANDING.height_m(1.0) <= 1.8
    assert STANDING.height_m(0.7) < SEATED.height_m(1.0) < STANDING.height_m(1.0)
    assert SEATED.height_m(0.7) > 0.7 * SEATED.height_m(1.0), "a chair does not shrink with who sits on it"


def test_every_phrase_stays_within_what_a_layout_can_be() -> None:
    for _, effect in PHRASES:
        arrangement = effect.arrangement
        if arrangement is not None:
            assert 0.3 <= arrangement.apart_m <= 7, effect.says
            assert min(arrangement.first_off_deg, arrangement.second_off_deg) >= 0, effect.says
        if effect.between is not None:
            assert effect.apart_m is not None
            assert effect.between[0] <= effect.apart_m <= effect.between[1], effect.says
            assert effect.rank is Rank.SETTING
        assert 0.3 < effect.nearer < 4
