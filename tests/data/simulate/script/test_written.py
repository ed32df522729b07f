from __future__ import annotations

import pytest

from visavis.core.errors import VisavisError
from visavis.data.simulate.script.written import GAP_S, Answer, WrittenTurn, WrittenVoice, laughs, parse_scene
from visavis.data.simulate.text import Wording

VOICES = "user: hibari pitch=0.62\nagent: hibari   # the package's own\n"


def turns(said: str) -> tuple[WrittenTurn, ...]:
    return parse_scene(VOICES + said).turns


def test_a_scene_has_two_voices_and_turns_in_order() -> None:
    scene = parse_scene(f"# a scene\n\n{VOICES}\nuser +0.8: Hello there.\nagent -.25: Hi\nagent: So?\n")
    assert scene.voices == (WrittenVoice(4, "hibari"), WrittenVoice(3, "hibari pitch=0.62"))
    assert [(turn.line, turn.person, turn.gap_s) for turn in scene.turns] == [(6, 2, 0.8), (7, 1, -0.25), (8, 1, GAP_S)]
    assert scene.turns[0].phrases == (Wording(("Hello", "there")),)


def test_marks_become_moods_and_stress() -> None:
    (turn,) = turns("user: well, I *baked* it / did you? / I did! / fine.")
    assert turn.phrases == (
        Wording(("well", "I", "baked", "it"), emphasis=2),
        Wording(("did", "you"), question=True),
        Wording(("I", "did"), happy=True),
        Wording(("fine",)),
    )
    (glad,) = turns("user happy +1: that\u2019s ping-pong / is it?")
    assert glad.gap_s == 1
    assert glad.phrases == (
        Wording(("that's", "ping-pong"), happy=True),
        Wording(("is", "it"), question=True, happy=True),
    )


def test_answers_stand_after_the_word_they_follow() -> None:
    (turn,) = turns("user: (oh really?) one two (mhm) three / (hm) four ([laughs])")
    assert turn.phrases == (Wording(("one", "two", "three")), Wording(("four",)))
    assert turn.answers == (
        Answer(Wording(("oh", "really"), question=True), 0, 0),
        Answer(Wording(("mhm",)), 0, 2),
        Answer(Wording(("hm",)), 1, 0),
        Answer(Wording(("hahaha",)), 1, 1),
    )


def test_laughter_is_a_phrase_of_its_own() -> None:
    (turn,) = turns("user: [laughs] / hehehe / that's funny / ha")
    assert [laughs(phrase) for phrase in turn.phrases] == [True, True, False, False]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("hello", "line 3: 'hello' has no speaker"),
        ("usr: hello", "line 3: 'usr' is no speaker; the two are agent and user"),
        ("\nuser 0.4: hello", r"line 4: '0.4' is neither a gap in seconds such as \+0.4"),
        ("user sad: hello", r"line 3: 'sad' is neither .* nor a mood \(happy\)"),
        ("user:", "line 3: a phrase without words"),
        ("user: one / / two", "line 3: a phrase without words"),
        ("user: one ()", "line 3: a phrase without words"),
        ("user: one (mhm", r"line 3: a '\(' without its partner"),
        ("user: one (mhm / yes)", "line 3: the answer .* has two phrases"),
        ("user: really? I see", r"line 3: 'I' follows '\?' within a phrase; end the phrase there with ' / '"),
        ("user: *one* *two*", r"line 3: two words of a phrase are stressed, \*two\*"),
        ("user: 12 boats", "line 3: an English voice cannot say '12'"),
        ("user: привет", "line 3: an English voice cannot say 'привет'"),
        ("user: *", r"line 3: an English voice cannot say '\*'"),
        ("", "nobody says anything"),
    ],
)
def test_what_cannot_be_understood_is_told_with_its_line(said: str, message: str) -> None:
    with pytest.raises(VisavisError, match=f"^{message}"):
        turns(said)


def test_both_need_a_voice() -> None:
    with pytest.raises(VisavisError, match=r"^no voice for agent"):
        parse_scene("user: hibari\nuser: hello\n")
    with pytest.raises(VisavisError, match=r"^no voice for agent and user"):
        parse_scene("# nothing\n")
