from __future__ import annotations

from visavis.wire.agents.history import MOST_LETTERS, History


def told(history: History) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in history.messages()]


def answered() -> History:
    history = History("be kind")
    history.user("how are you")
    history.answer(0, "I am well, thank you.", 0.0)
    history.lengthen(0, 1.0)
    history.lengthen(0, 1.0)
    history.answer(0, "And how about you my dear friend?", 2.0)
    history.lengthen(0, 3.5)
    return history


def test_both_sides_stand_in_turn_under_the_prompt() -> None:
    history = answered()
    history.user("fine")
    assert told(history) == [
        ("system", "be kind"),
        ("user", "how are you"),
        ("assistant", "I am well, thank you. And how about you my dear friend?"),
        ("user", "fine"),
    ]
    assert History("").messages() == []


def test_what_was_not_heard_is_no_part_of_the_answer_and_the_user_says_so() -> None:
    history = answered()
    history.cut(0, 2.0 + 1.5 + 0.1)
    history.user("wait")
    assert told(history)[2:] == [
        ("assistant", "I am well, thank you. And how about"),
        ("user", "[I interrupted you and did not hear: “you my dear friend?”] wait"),
    ]
    history.user("please")
    assert told(history)[-1][1].endswith("wait\nplease"), "told once"


def test_an_answer_of_which_nothing_was_heard_was_never_given() -> None:
    history = answered()
    history.cut(0, 0.0)
    history.user("I mean, today")
    assert told(history)[1:] == [("user", "how are you\nI mean, today")]


def test_answers_before_stay_and_those_after_are_dropped() -> None:
    history = answered()
    history.user("fine")
    history.answer(1, "good", 0.0)
    history.lengthen(1, 1.0)
    history.answer(2, "very good", 0.0)
    history.lengthen(2, 1.0)
    history.cut(1, 1.0)
    assert [text for _, text in told(history)][2:] == [
        "I am well, thank you. And how about you my dear friend?",
        "fine",
        "good",
    ]
    history.cut(7, 0.0)
    assert told(history)[-1] == ("assistant", "good")


def test_what_the_user_said_can_come_after_the_answer_to_it_has_begun() -> None:
    history = History("")
    history.answer(4, "it is ten", 0.0)
    history.user("what is the time", before=4)
    assert told(history) == [("user", "what is the time"), ("assistant", "it is ten")]


def test_it_forgets_what_is_old() -> None:
    history = History("prompt")
    for number in range(100):
        history.user(f"{number} " + "x" * 400)
        history.answer(number, "y" * 100, 0.0)
    lines = told(history)
    assert lines[0] == ("system", "prompt")
    assert sum(len(text) for _, text in lines) < MOST_LETTERS + 1000
    assert "99 x" in lines[-2][1]
