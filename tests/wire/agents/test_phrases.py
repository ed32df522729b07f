from __future__ import annotations

import pytest

from visavis.wire.agents.phrases import Phrasing, spoken


def phrased(text: str, size: int) -> list[str]:
    phrasing = Phrasing()
    found = [phrase for start in range(0, len(text), size) for phrase in phrasing.add(text[start : start + size])]
    return found + phrasing.rest()


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_sentences_are_phrases_however_they_come(size: int) -> None:
    text = 'It is 3.5 degrees. "Really?" Yes! Bring a coat…\nGood'
    assert phrased(text, size) == ["It is 3.5 degrees.", '"Really?"', "Yes!", "Bring a coat…", "Good"]


def test_the_first_phrase_ends_soon_and_the_others_at_sentences() -> None:
    text = "Well, I would think so, if you ask me, of course. But then, who knows, maybe not, who can say it. "
    assert phrased(text, 1) == [
        "Well, I would think so, if you ask me,",
        "of course.",
        "But then, who knows, maybe not, who can say it.",
    ]


def test_a_phrase_is_given_as_soon_as_what_follows_shows_that_it_is_whole() -> None:
    phrasing = Phrasing()
    assert phrasing.add("It is ten.") == []
    assert phrasing.add(" ") == ["It is ten."]


def test_what_has_no_end_is_cut_at_a_comma_or_a_space_and_nothing_is_lost() -> None:
    words = " ".join(f"word{number}" for number in range(200))
    parts = phrased(words, 7)
    assert " ".join(parts) == words
    assert max(map(len, parts)) < 330
    commas = ", ".join(f"word{number}" for number in range(100))
    parts = phrased(commas, 7)
    assert " ".join(parts) == commas
    assert all(part.endswith(",") for part in parts[:-1])


def test_marks_of_markdown_and_what_cannot_be_said_are_left_out() -> None:
    assert spoken("**Hello**, `you` [there](https://x.org/y)!") == "Hello , you there!"
    assert spoken("- 😀 …") == ""
    assert phrased("# Title\n\n* one\n* two\n\n---\n", 1) == ["Title", "one", "two"]
