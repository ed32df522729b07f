from __future__ import annotations

import math

import numpy as np
import pytest

from tests.models.talking_together.sentences import SENTENCES, Sentence
from visavis.core.errors import VisavisError
from visavis.core.layout import Layout
from visavis.models.talking_together.layout import LONGEST, layout_from_words, understand_layout

every_sentence = pytest.mark.parametrize("sentence", SENTENCES, ids=[one.text for one in SENTENCES])


def measured(layout: Layout) -> dict[str, float]:
    """What `Sentence` has ranges of."""
    first, second = layout.first, layout.second
    across = second.position[0] - first.position[0], second.position[2] - first.position[2]
    azimuth = math.atan2(*across)

    def size(angle: float) -> float:
        return abs(math.degrees(math.remainder(angle, 2 * math.pi)))

    return {
        "distance": math.hypot(*across),
        "first": first.position[1],
        "second": second.position[1],
        "first_off": size(first.facing_rad - azimuth),
        "second_off": size(second.facing_rad - azimuth - math.pi),
        "turned": size(first.facing_rad - second.facing_rad),
    }


@every_sentence
def test_a_sentence_is_taken_as_anybody_would(sentence: Sentence) -> None:
    found = measured(layout_from_words(sentence.text))
    ranges = {name: getattr(sentence, name) for name in found}
    beside = {
        name: (found[name], one)
        for name, one in ranges.items()
        if one is not None and not one[0] - 1e-3 <= found[name] <= one[1] + 1e-3
    }
    assert beside == {}


@every_sentence
def test_people_stand_about_the_origin_and_the_same_text_gives_the_same_layout(sentence: Sentence) -> None:
    layout = layout_from_words(sentence.text)
    middle = layout.translations.mean(axis=0)
    assert np.abs(middle[[0, 2]]).max() < 1e-3
    assert layout == layout_from_words(f"  {sentence.text.upper()} ")


def test_the_ranges_tell_layouts_apart() -> None:
    """Each sentence's ranges would refuse the usual layout, or a tenth of all sentences and more."""
    usual = measured(Layout.default())
    taken = 0
    for sentence in SENTENCES:
        ranges = {name: getattr(sentence, name) for name in usual}
        taken += all(one is None or one[0] <= usual[name] <= one[1] for name, one in ranges.items())
    assert taken <= len(SENTENCES) / 3


def test_the_first_faces_z_and_the_second_is_beyond() -> None:
    layout = layout_from_words("two metres apart, standing")
    assert layout.first.position == (0.0, 1.65, -1.0)
    assert layout.second.position == (0.0, 1.65, 1.0)
    assert layout.first.facing_rad == 0.0
    assert layout.second.facing_rad == pytest.approx(math.pi)


def test_side_by_side_lie_along_x_and_both_face_z_turned_in_alike() -> None:
    layout = layout_from_words("side by side")
    assert layout.first.position[0] == -layout.second.position[0] < 0
    assert layout.first.position[2] == layout.second.position[2] == 0
    assert 0 < layout.first.facing_rad == -layout.second.facing_rad < math.radians(30)


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("80 cm apart", 0.8),
        ("a metre and a half apart", 1.5),
        ("across a table, 5 feet apart", 1.524),
        ("whispering three yards apart", 2.7432),
        ("1 to 2 m apart on a sofa", 1.5),
    ],
)
def test_a_distance_that_is_given_counts_before_all_else(text: str, metres: float) -> None:
    assert measured(layout_from_words(text))["distance"] == pytest.approx(metres, abs=1e-3)


@pytest.mark.parametrize(
    ("nearer", "farther"),
    [
        ("arguing", "talking"),
        ("whispering", "talking"),
        ("very close together", "close together"),
        ("talking", "far apart"),
        ("lovers at a table", "at a table"),
        ("at a small table", "at a large table"),
        ("friends at a table", "strangers at a table"),
        ("across the room", "across the street"),
        ("an interview", "a formal interview"),
    ],
)
def test_words_bring_people_nearer(nearer: str, farther: str) -> None:
    one, other = (measured(layout_from_words(text))["distance"] for text in (nearer, farther))
    assert one < other


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("she sits, he stands", 1.2, 1.65),
        ("he stands, she sits", 1.65, 1.2),
        ("the left one stands, the right one sits", 1.65, 1.2),
        ("the right one stands, the left one sits", 1.2, 1.65),
        ("The woman on the right is standing, the man on the left is sitting", 1.2, 1.65),
        ("person B lies down, person A stands", 1.65, 0.65),
        ("Anna sits on the floor and Ben kneels beside her", 0.8, 1.2),
        ("a seated patient and a standing doctor", 1.2, 1.65),
        ("both are standing", 1.65, 1.65),
        ("a child and an adult", 0.966, 1.2),
        ("a 1.9 m tall man and a 1.6 m tall woman, both standing", 1.791, 1.509),
        ("an adult crouches at eye level with a standing child", 0.95, 0.95),
        ("sitting at the bar on stools", 1.42, 1.42),
    ],
)
def test_postures_go_to_whom_they_are_said_of(text: str, first: float, second: float) -> None:
    found = measured(layout_from_words(text))
    assert (found["first"], found["second"]) == pytest.approx((first, second), abs=0.005)


def test_whoever_is_named_before_behind_sees_the_back_of_the_other() -> None:
    for text, behind, before in (
        ("he stands behind her", "first_off", "second_off"),
        ("the second person is behind the first", "second_off", "first_off"),
    ):
        found = measured(layout_from_words(text))
        assert (found[behind], found[before]) == pytest.approx((0, 180), abs=1e-3)


def test_angles_turn_bodies() -> None:
    assert measured(layout_from_words("at a 90 degree angle"))["turned"] == pytest.approx(90, abs=1e-3)
    inwards = measured(layout_from_words("on a sofa, turned 30 degrees to each other"))
    assert (inwards["first_off"], inwards["second_off"]) == pytest.approx((60, 60), abs=1e-3)
    away = measured(layout_from_words("face to face; one turned 30 degrees away"))
    assert (away["first_off"], away["second_off"]) == pytest.approx((30, 0), abs=1e-3)


def test_it_says_what_it_understood_and_what_not() -> None:
    made = understand_layout("arguing across a table in a submarine")
    assert made.understood == ("argument", "at a table")
    assert made.ignored == ("submarine",)
    assert made.note == ("argument, at a table: 0.92 m apart, heads at 1.20 and 1.20 m; not understood: submarine")
    assert understand_layout("half a metre apart").understood == ("0.50 m",)
    assert understand_layout("a man, a woman and a child sit").ignored == ("child",)


def test_what_is_denied_is_not_done_and_said_so() -> None:
    made = understand_layout("sitting, not close")
    assert made.layout == layout_from_words("sitting")
    assert made.ignored == ("not close",)


@pytest.mark.parametrize(
    "text", ["", "   ", "purple monkey dishwasher", "Zwei Leute am Tisch", "?!", "two people", "1e400"]
)
def test_nonsense_is_refused_with_examples(text: str) -> None:
    with pytest.raises(VisavisError, match="arguing across a table"):
        understand_layout(text)


def test_what_cannot_be_is_refused() -> None:
    for text, wrong in (("0.1 m apart", "0.1 m apart is not possible"), ("50 metres apart", "50 m apart")):
        with pytest.raises(VisavisError, match=rf"{wrong}.*0\.3 to 10 m"):
            understand_layout(text)
    with pytest.raises(VisavisError, match=f"1 to {LONGEST} characters"):
        understand_layout("sitting " * 100)


def test_any_words_give_a_possible_layout_or_an_error() -> None:
    words = sorted({word for one in SENTENCES for word in one.text.split()} | {"9", "m", "100", "feet", "'", '"', "½"})
    rng = np.random.default_rng(0)
    made = 0
    for _ in range(400):
        text = " ".join(rng.choice(words, size=int(rng.integers(1, 12))))
        try:
            layout = layout_from_words(text)
        except VisavisError:
            continue
        made += 1
        assert 0.3 <= math.dist(layout.first.position, layout.second.position) <= 10
    assert made > 300
