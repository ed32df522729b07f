from __future__ import annotations

import json
import math

import pytest

from visavis.core.errors import VisavisError
from visavis.core.layout import Layout
from visavis.models.talking_together.layout_chat import (
    HIGHEST_M,
    LOWEST_M,
    MOST_TOKENS,
    layout_of_answer,
    messages,
    schema,
)


def answer(first: list[float], second: list[float], facings: tuple[float, float] = (0, 180)) -> str:
    places = ({"position": one, "facing_deg": facing} for one, facing in zip((first, second), facings, strict=True))
    return json.dumps(dict(zip(("first", "second"), places, strict=True)))


def test_three_examples_come_before_what_is_asked_and_are_layouts_as_they_say() -> None:
    told = messages("whispering")
    assert [one["role"] for one in told] == ["system", *["user", "assistant"] * 3, "user"]
    assert told[-1]["content"] == "whispering"
    for one in told[2:-1:2]:
        layout = layout_of_answer(one["content"])
        said = json.loads(one["content"])
        assert layout.first.position == pytest.approx(said["first"]["position"])
        assert math.isclose(layout.first.position[0], -layout.second.position[0])
        assert math.isclose(layout.first.position[2], -layout.second.position[2])
        assert len(one["content"]) / 2 < MOST_TOKENS, "an answer fits into the tokens it may have"


def test_an_answer_is_read_with_its_middle_at_the_origin() -> None:
    layout = layout_of_answer(answer([1.0, 1.2, 2.0], [1.0, 1.6, 4.0], (360, 540)))
    assert layout.first.position == (0.0, 1.2, -1.0)
    assert layout.second.position == (0.0, 1.6, 1.0)
    assert layout.first.facing_rad == pytest.approx(0)
    assert abs(layout.second.facing_rad) == pytest.approx(math.pi)


def test_words_around_the_json_do_no_harm() -> None:
    plain = answer([0, 1.2, -0.6], [0, 1.2, 0.6])
    assert layout_of_answer(f"Sure!\n```json\n{plain}\n```") == layout_of_answer(plain)
    assert layout_of_answer(plain).translations.tolist() == Layout.default().translations.tolist()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "is not JSON of a layout"),
        ("I cannot do that.", "is not JSON of a layout"),
        ('{"first": ', "is not JSON of a layout"),
        ('{"a": 1}', "first"),
        (answer([0, 1.2, 0], [0, 1.2, 0.1]), "0.10 m apart"),
        (answer([0, 1.2, -30], [0, 1.2, 30]), "10 m"),
        (answer([0, 9.0, -0.5], [0, 1.2, 0.5]), f"a head 9 m high; heads are {LOWEST_M:g} to {HIGHEST_M:g} m"),
        (answer([0, 1.2, math.nan], [0, 1.2, 0.5]), "finite"),
        ("[" * 100_000, "is not JSON of a layout"),
    ],
)
def test_what_is_no_possible_layout_is_refused(text: str, wrong: str) -> None:
    with pytest.raises(VisavisError, match=wrong):
        layout_of_answer(text)


def test_the_schema_asks_for_what_is_read() -> None:
    asked = schema()
    assert asked["required"] == ["first", "second"]
    place = asked["properties"]["second"]
    assert place["required"] == ["position", "facing_deg"]
    assert asked["additionalProperties"] is place["additionalProperties"] is False
