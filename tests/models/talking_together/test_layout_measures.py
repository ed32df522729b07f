from __future__ import annotations

import pytest

from visavis.models.talking_together.layout_measures import measures_in


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("6 feet apart", 1.8288),
        ("three and a half feet between them", 1.0668),
        ("a metre and a half apart", 1.5),
        ("half a meter", 0.5),
        ("a quarter of a metre", 0.25),
        ("eighteen inches", 0.4572),
        ("18 in apart", 0.4572),
        ("about a yard apart", 0.9144),
        ("one hundred and fifty cm", 1.5),
        ("thirty-five centimetres", 0.35),
        ("1,5 m", 1.5),
        ("2-3 metres", 2.5),
        ("one or two feet", 0.4572),
        ("a couple of feet", 0.6096),
        ("a few steps", 2.25),
        ("a two-metre table", 2.0),
        ("5'6\" tall", 1.6764),
        ("6 foot 2 tall", 1.8796),
    ],
)
def test_lengths_are_read(text: str, metres: float) -> None:
    (found,) = measures_in(text)
    assert found.kind == "length"
    assert found.value == pytest.approx(metres, abs=1e-4)


def test_angles_are_no_lengths_and_places_in_the_text_are_told() -> None:
    text = "turned forty-five degrees, 2 m apart"
    angle, length = measures_in(text)
    assert (angle.kind, angle.value, text[angle.start : angle.stop]) == ("angle", 45, "forty-five degrees")
    assert (length.kind, length.value, text[length.start : length.stop]) == ("length", 2, "2 m")


@pytest.mark.parametrize(
    "text", ["one in a car", "first in line", "they are in 2 minds", "m", "a man", "two mothers", "an arm"]
)
def test_other_words_are_none(text: str) -> None:
    assert list(measures_in(text)) == []
