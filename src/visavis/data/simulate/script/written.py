"""A written scene: who says what to whom and when, as a small text format.

    user: hibari                                    # whose voice, once for each of the two
    agent: hibari pitch=0.62 formants=0.87
    user +0.8: I baked (mhm) *pumpkin* bread / for my mother!
    agent -0.2 happy: [laughs] / you did?

The number is the gap [s] after the turns before, negative where they overlap. A ` / ` ends a phrase, `?` after its
last word asks and `!` is happy, as are all phrases of a turn marked so; `*word*` is stressed. What stands in
parentheses the partner says there, within the turn; `[laughs]` is laughter. `#` begins a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from visavis.core.errors import VisavisError
from visavis.data.simulate.script.source import vocalisation
from visavis.data.simulate.text import Wording

PEOPLE = ("agent", "user")
"""The two who speak, person 1 and 2, as the files of a clip are numbered."""
GAP_S = 0.2
"""The gap between turns where none is written [s]."""
LAUGHS = "[laughs]"

_HEAD = re.compile(r"(?P<who>\w+)(?P<marks>[^:]*):(?P<said>.*)")
_PIECE = re.compile(r"(?P<answer>\([^()]*\))|(?P<end>/)|(?P<word>[^\s/()]+)|(?P<stray>[()])")
_WORD = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*'?")
_LAUGHTER = re.compile(r"(?:ha|he|hu){2,}")
_APOSTROPHES = str.maketrans({"\u2018": "'", "\u2019": "'"})
_SILENT = ",;.\u2026"
_MOODS = ("happy",)


@dataclass(frozen=True)
class Answer:
    """What the partner says within a turn: after so many words of a phrase of it."""

    wording: Wording
    phrase: int
    words: int


@dataclass(frozen=True)
class WrittenTurn:
    """One turn: the `line` of the text that it stands on, who speaks (1 or 2) and the gap before it [s]."""

    line: int
    person: int
    gap_s: float
    phrases: tuple[Wording, ...]
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class WrittenVoice:
    """Whose voice a person has, in words, and on which line that is said."""

    line: int
    description: str


@dataclass(frozen=True)
class WrittenScene:
    """Voices of persons 1 and 2 and their turns in order."""

    voices: tuple[WrittenVoice, WrittenVoice]
    turns: tuple[WrittenTurn, ...]


def parse_scene(text: str) -> WrittenScene:
    """The scene that a text tells. Raises `VisavisError` naming the line that cannot be understood."""
    voices: dict[int, WrittenVoice] = {}
    turns: list[WrittenTurn] = []
    for number, line in _lines(text):
        head = _HEAD.fullmatch(line)
        if head is None:
            raise problem(number, f"{line!r} has no speaker; write {PEOPLE[1]}: or {PEOPLE[0]}: before what is said")
        if head["who"] not in PEOPLE:
            raise problem(number, f"{head['who']!r} is no speaker; the two are {' and '.join(PEOPLE)}")
        person = PEOPLE.index(head["who"]) + 1
        if person not in voices:
            voices[person] = WrittenVoice(number, head["said"].strip())
        else:
            turns.append(_turn(number, person, head["marks"].split(), head["said"]))
    silent = [name for person, name in enumerate(PEOPLE, 1) if person not in voices]
    if silent:
        raise VisavisError(f"no voice for {' and '.join(silent)}; begin with a line such as {silent[0]}: hibari")
    if not turns:
        raise VisavisError("nobody says anything; add a turn such as user +0.5: hello")
    return WrittenScene((voices[1], voices[2]), tuple(turns))


def laughs(wording: Wording) -> bool:
    """Whether a phrase is laughter and nothing else."""
    return all(_LAUGHTER.fullmatch(word) and vocalisation(word) for word in wording.words)


def problem(line: int, what: str) -> VisavisError:
    """An error of a line of a scene."""
    return VisavisError(f"line {line}: {what}")


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.translate(_APOSTROPHES).splitlines(), 1):
        told = line.partition("#")[0].strip()
        if told:
            yield number, told


@dataclass
class _Phrase:
    """A phrase as far as it is read."""

    words: list[str] = field(default_factory=list)
    emphasis: int = -1
    close: str = ""


def _turn(number: int, person: int, marks: Sequence[str], said: str) -> WrittenTurn:
    gap_s, happy = _marks(number, marks)
    phrases, answers = [_Phrase()], list[Answer]()
    for piece in _PIECE.finditer(said.replace(LAUGHS, " hahaha ")):
        if piece["stray"]:
            raise problem(number, f"a {piece['stray']!r} without its partner; write answers as (mhm)")
        if piece["answer"]:
            wording = _answer(number, piece["answer"][1:-1])
            answers.append(Answer(wording, len(phrases) - 1, len(phrases[-1].words)))
        elif piece["end"]:
            phrases.append(_Phrase())
        else:
            _add_word(number, phrases[-1], piece["word"])
    return WrittenTurn(number, person, gap_s, tuple(_wording(number, p, happy) for p in phrases), tuple(answers))


def _marks(number: int, marks: Sequence[str]) -> tuple[float, bool]:
    gap_s, happy = GAP_S, False
    for mark in marks:
        if re.fullmatch(r"[+-]\d*\.?\d+", mark):
            gap_s = float(mark)
        elif mark in _MOODS:
            happy = True
        else:
            raise problem(
                number, f"{mark!r} is neither a gap in seconds such as +0.4 or -0.2 nor a mood ({', '.join(_MOODS)})"
            )
    return gap_s, happy


def _answer(number: int, said: str) -> Wording:
    phrase = _Phrase()
    for word in said.split():
        if word == "/":
            raise problem(number, f"the answer ({said}) has two phrases; give it a turn of its own")
        _add_word(number, phrase, word)
    return _wording(number, phrase, False)


def _add_word(number: int, phrase: _Phrase, written: str) -> None:
    """Add a word to a phrase, with what its marks mean."""
    if phrase.close:
        raise problem(number, f"{written!r} follows {phrase.close!r} within a phrase; end the phrase there with ' / '")
    plain = written.rstrip(f"{_SILENT}?!")
    closing = written[len(plain) :]
    stressed = len(plain) > 2 and plain[0] == plain[-1] == "*"
    word = plain[1:-1] if stressed else plain
    if not _WORD.fullmatch(word):
        raise problem(number, f"an English voice cannot say {written!r}; write words and numbers in English letters")
    if stressed and phrase.emphasis >= 0:
        raise problem(number, f"two words of a phrase are stressed, *{word}* is the second; split it with ' / '")
    if stressed:
        phrase.emphasis = len(phrase.words)
    phrase.words.append(word)
    phrase.close = next((mark for mark in "?!." if mark in closing), "")


def _wording(number: int, phrase: _Phrase, happy: bool) -> Wording:
    if not phrase.words:
        raise problem(number, "a phrase without words; write what is said, or [laughs]")
    return Wording(tuple(phrase.words), phrase.close == "?", happy or phrase.close == "!", phrase.emphasis)
