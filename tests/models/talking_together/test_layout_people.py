from __future__ import annotations

import pytest

from visavis.models.talking_together.layout_people import People, people_in


def named(text: str) -> list[tuple[str, int | None]]:
    found = people_in(text.lower(), text)
    return [(text[one.start : one.stop], one.person) for one in found.mentions]


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("she sits and he stands", [("she", 0), ("he", 1)]),
        ("the boss smiles, he waits for the employee", [("boss", 0), ("he", 0), ("employee", 1)]),
        ("the man and the woman: she talks, he listens", [("man", 0), ("woman", 1), ("she", 1), ("he", 0)]),
        ("one behind the other", [("one", 0), ("the other", 1)]),
        ("the second person behind the first", [("the second person", 1), ("the first", 0)]),
        ("speaker 2 and speaker 1", [("speaker 2", 1), ("speaker 1", 0)]),
        ("Ben sits. Anna and Ben talk", [("Ben", 0), ("Anna", 1), ("Ben", 0)]),
        ("B looks at A", [("B", 1), ("A", 0)]),
        ("both sit, they talk", [("both", None), ("they", None)]),
        ("at a right angle, left alone", []),
    ],
)
def test_words_mean_people_in_the_order_in_which_they_are_named(
    text: str, people: list[tuple[str, int | None]]
) -> None:
    assert named(text) == people


def test_a_third_person_is_told_and_is_nobody() -> None:
    found = people_in("a man, a woman and a waiter", "a man, a woman and a waiter")
    assert found.others == ("waiter",)
    assert [one.person for one in found.mentions] == [0, 1]


def test_children_are_smaller() -> None:
    sizes = people_in("a mother and her little boy", "a mother and her little boy").sizes
    assert set(sizes) == {1}
    assert sizes[1] < people_in("a teenager", "a teenager").sizes[0] < 1
    assert people_in("children", "children").sizes == {0: 0.7, 1: 0.7}


@pytest.mark.parametrize(
    ("text", "said", "person"),
    [
        ("a tall man and a woman", "tall", 0),
        ("a man and a tall woman", "tall", 1),
        ("a man and a woman standing", "standing", None),
        ("the woman looks at the man, smiling", "smiling", 0),
        ("the woman looks at the man, who is sitting", "sitting", 1),
        ("sitting", "sitting", None),
    ],
)
def test_what_is_said_goes_to_whom_it_is_said_of(text: str, said: str, person: int | None) -> None:
    start = text.index(said)
    found = people_in(text, text)
    assert isinstance(found, People)
    assert found.meant_at(start, start + len(said), text) == person
