from __future__ import annotations

import pytest

from visavis.data.simulate import english


@pytest.mark.parametrize(
    ("base", "forms"),
    [
        ("stop", ("stops", "stopped", "stopping")),
        ("try", ("tries", "tried", "trying")),
        ("enjoy", ("enjoys", "enjoyed", "enjoying")),
        ("bake", ("bakes", "baked", "baking")),
        ("tie", ("ties", "tied", "tying")),
        ("watch", ("watches", "watched", "watching")),
        ("visit", ("visits", "visited", "visiting")),
        ("control", ("controls", "controlled", "controlling")),
        ("fix", ("fixes", "fixed", "fixing")),
        ("panic", ("panics", "panicked", "panicking")),
        ("echo", ("echoes", "echoed", "echoing")),
        ("queue", ("queues", "queued", "queuing")),
        ("agree", ("agrees", "agreed", "agreeing")),
    ],
)
def test_verbs_are_inflected(base: str, forms: tuple[str, str, str]) -> None:
    assert (english.third_person(base), english.past(base), english.progressive(base)) == forms


def test_nouns_have_plurals() -> None:
    assert [
        english.plural(n) for n in ("cat", "bus", "city", "boy", "quiz", "bush", "photo", "thesis", "spokesman")
    ] == (["cats", "buses", "cities", "boys", "quizzes", "bushes", "photos", "theses", "spokesmen"])
    assert english.third_person("have") == "has"
    assert english.progressive("quit") == "quitting"


def test_articles_go_by_sound() -> None:
    for word in ("apple", "hour", "umbrella", "honest", "ugly"):
        assert english.with_articles(["such", "a", word]) == ["such", "an", word]
    for word in ("pear", "uniform", "one", "house", "European", "useful"):
        assert english.with_articles(["such", "a", word]) == ["such", "a", word]
    assert english.with_articles(["a"]) == ["a"]


def test_syllables_of_words() -> None:
    known = {
        "banana": 3, "cake": 1, "cakes": 1, "the": 1, "umbrella": 3, "stopped": 1, "wanted": 2, "table": 2, "tables": 2,
        "watches": 2, "carrying": 3, "movement": 2, "going": 2, "strengths": 1, "quiet": 2, "haha": 2, "o'clock": 2,
    }  # fmt: skip
    assert {word: english.syllables((word,)) for word in known} == known
    assert english.syllables(("cake", "banana")) == 4


def test_numbers_in_words() -> None:
    said = {
        0: "zero", 13: "thirteen", 40: "forty", 57: "fifty seven", 100: "one hundred", 305: "three hundred and five",
        1066: "one thousand and sixty six", 2300: "two thousand three hundred",
        1_000_000: "one million", 7_000_000_019: "seven billion and nineteen",
    }  # fmt: skip
    assert {number: english.spelled_number(number) for number in said} == said
    assert english.spelled_number(10**12 - 1).startswith("nine hundred and ninety nine billion")
