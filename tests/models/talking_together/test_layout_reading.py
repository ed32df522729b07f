from __future__ import annotations

import pytest

from visavis.models.talking_together.layout_reading import Said, blanked


def said(text: str) -> Said:
    return Said(text.lower(), text)


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("the man stands, the woman sits at the table", ["first standing", "second seated", "second at a table"]),
        ("a therapist in an armchair", ["therapy", "first on chairs"]),
        ("a 2 m tall man, 1.5 m away", ["first 2 m tall", "1.50 m"]),
        ("the quick brown fox", []),
    ],
)
def test_it_says_what_is_understood_and_of_whom(text: str, understood: list[str]) -> None:
    assert said(text).understood == understood


def test_a_setting_that_follows_one_name_says_nothing_of_the_arrangement() -> None:
    together, facing = said("both on a sofa").layout(), said("a nurse faces a patient on a sofa").layout()
    assert together.first.position[2] == together.second.position[2]
    assert facing.first.position[0] == facing.second.position[0] == 0


def test_what_is_said_outright_counts_before_the_setting() -> None:
    beside, across = said("side by side at a table").layout(), said("face to face on a sofa").layout()
    assert beside.first.position[2] == 0
    assert across.first.position[0] == 0
    assert said("whispering at a desk").layout().translations[1, 2] == pytest.approx(0.225)


def test_blanks_keep_the_places_of_all_else() -> None:
    assert blanked("one two three", [(4, 7)]) == "one     three"
