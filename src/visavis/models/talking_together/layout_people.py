"""Whom words mean: the two people of a text, in the order in which it names them.

"first", "left", "A" and "one" are the first, "second", "right", "B" and "the other" the second person; of all other
words the first that names somebody is the first person. Pronouns go to whom they fit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Gender = Literal["he", "she", ""]

_HE = (
    "man boy father dad son brother husband king waiter grandfather grandpa uncle gentleman guy boyfriend groom "
    "grandson schoolboy"
)
_SHE = (
    "woman girl mother mum mom daughter sister wife queen waitress grandmother grandma granny aunt lady girlfriend "
    "bride granddaughter schoolgirl"
)
_ANY = (
    "adult grown-up parent child kid toddler baby teenager teen infant boss employee manager "
    "worker interviewer interviewee candidate applicant teacher pupil student professor lecturer doctor nurse patient "
    "client therapist customer salesman saleswoman clerk host guest presenter moderator reporter journalist politician "
    "lawyer judge witness suspect detective officer policeman coach player trainer driver passenger friend colleague "
    "stranger speaker listener person human actor actress singer priest neighbour neighbor cousin twin lover partner "
    "spouse grandchild"
)
NOUNS: dict[str, Gender] = {
    **dict.fromkeys(_ANY.split(), ""),
    **dict.fromkeys(_HE.split(), "he"),
    **dict.fromkeys(_SHE.split(), "she"),
}
SIZES: Mapping[str, float] = {
    **dict.fromkeys(("child", "kid", "boy", "girl", "pupil", "schoolboy", "schoolgirl", "grandchild"), 0.7),
    **dict.fromkeys(("grandson", "granddaughter"), 0.8),
    **dict.fromkeys(("teenager", "teen"), 0.93),
    **{"toddler": 0.52, "infant": 0.45, "baby": 0.42},
}
"""How tall somebody is beside a grown person."""
_SMALL = 0.7

_PLURALS = (
    *(f"{noun}s" for noun in NOUNS if not noun.endswith(("man", "child", "wife", "baby", "lady"))),
    *("men", "women", "children", "wives", "babies", "ladies", "people", "folks", "gentlemen", "brethren"),
)
_BOTH = rf"both(?: of them)?|they|them|we|us|couple(?! of)|pair|duo|the two|two(?= \w+s\b)|{'|'.join(_PLURALS)}"
_NOUN = "|".join(sorted(NOUNS, key=len, reverse=True))
_ONE = "one|person|speaker|man|woman|head|guy|figure|side"
_MENTION = re.compile(
    rf"\b(?:(?P<marked>(?:the )?(?P<place>first|second|left|right)(?: ?-?hand)? (?:{_ONE})"
    rf"|(?:person|speaker) (?P<letter>[ab12]|one|two)"
    rf"|the (?P<bare>first|second|left|right)(?= (?:is|sits|stands|and|looks|faces|lies|leans|at|in|on)\b|[,;.]|$))"
    rf"|(?P<noun>{_NOUN})(?P<side> (?:on|to) the (?:left|right))?"
    rf"|(?P<both>{_BOTH})|(?P<other>(?:the )?other(?: one| person| man| woman)?)"
    rf"|(?P<one>one(?! another\b|-)(?: of them| person)?)"
    rf"|(?P<he>he|him)|(?P<she>she|her(?=[,;.]|$| (?:and|while|who|at|from|in|on|with|by|to|but|as|looking)\b))"
    rf"|(?P<me>i|me|you|myself|yourself))(?![\w'])"
)
_NAME = re.compile(r"\b[A-Z][a-zà-ÿ]+\b|\b[AB]\b")
_AFTER_NAME = re.compile(r" (?:and [A-Z]|(?:is|sits?|stands?|looks?|leans?|faces?|kneels?|lies|lie|talks?|speaks?)\b)")
_OBJECT = re.compile(
    r"\b(?:of|to|at|over|above|behind|beside|by|with|than|near|from|into|facing|faces|towards?|against|opposite|for|past|"
    r"beneath|on|telling|tells|asking|scolding|helping|interviewing|watching|comforting)"
    r"(?: (?:an?|the|his|her|their|small|little|young|old|tall|short|seated|standing|sitting|kneeling|sick))*\s*$"
)
_JOINED = re.compile(r"\s*(?:and|&|with)\s+(?:(?:an?|the|his|her|their|\w+ly|short|tall|small|little|young|old)\s+)*")
OTHER = (
    r"(?:each other|one another|(?:the )?other(?: one| person| man| woman)?|him|her|them|"
    rf"(?:(?:the|an?|his|her) )?(?:first|second|left|right)(?: one| person)?(?! row)|(?:the|an?|his|her) (?:{_NOUN}))"
)
"""Words that name the other one."""
_FIRST = ("first", "left", "a", "1", "one")


@dataclass(frozen=True)
class Mention:
    """Characters [start, stop) that name person 0 or 1, or both (None). subject: what follows is of them."""

    start: int
    stop: int
    person: int | None
    subject: bool


@dataclass(frozen=True)
class People:
    """Everybody whom a text names. sizes: of each beside a grown person. others: names of a third and further ones."""

    mentions: tuple[Mention, ...] = ()
    sizes: Mapping[int, float] = field(default_factory=dict)
    others: tuple[str, ...] = ()

    def meant_at(self, start: int, stop: int, text: str) -> int | None:
        """Of whom the characters [start, stop) say something; None: of both.

        Of the one whose name follows at once ("a tall man"), else of the one who is named just before, else of the
        subject; of both where two are named together ("a man and a woman").
        """
        after = [one for one in self.mentions if one.start >= stop]
        if (
            after
            and after[0].person is not None
            and text[stop : after[0].start] == " "
            and not self.names_at(start, text)
        ):
            return after[0].person
        before = [one for one in self.mentions if one.stop <= start]
        if not before:
            return None
        if _adjacent(text[before[-1].stop : start]):
            return None if self._joined(before, text) else before[-1].person
        subjects = [one for one in before if one.subject]
        return None if not subjects or self._joined(subjects, text) else subjects[-1].person

    def names_at(self, start: int, text: str) -> bool:
        """Whether the name of one person, and not of two together, stands just before a character."""
        before = [one for one in self.mentions if one.stop <= start]
        if not before or before[-1].person is None or self._joined(before, text):
            return False
        return _adjacent(text[before[-1].stop : start])

    def _joined(self, mentions: Sequence[Mention], text: str) -> bool:
        """Whether the last two of some mentions are one subject."""
        return len(mentions) > 1 and _JOINED.fullmatch(text[mentions[-2].stop : mentions[-1].start]) is not None


def people_in(text: str, written: str) -> People:
    """The people of a lower-case text; `written` is the same text as it was written, whose capitals are names."""
    cast = _Cast()
    lettered = all(re.search(rf"\b{letter}\b", written) for letter in "AB")
    names = {one.start(): one for one in _NAME.finditer(written) if len(one[0]) > 1 or lettered}
    mentions: list[Mention] = []
    taken = sorted([*_MENTION.finditer(text), *names.values()], key=lambda match: (match.start(), -match.end()))
    end = 0
    known = {match.start() for match in _MENTION.finditer(text)}
    for match in taken:
        if match.start() < end or (match.re is _NAME and (match.start() in known or not _is_name(match, written))):
            continue
        end = match.end()
        subject = _OBJECT.search(text[: match.start()]) is None
        person = cast.called_by_name(match[0]) if match.re is _NAME else cast.meant(match)
        if person != _NOBODY:
            mentions.append(Mention(*match.span(), person, subject))
        if match.re is not _NAME and match["noun"] is not None and person in (0, 1):
            cast.measure(person, match["noun"], text[: match.start()])
        elif (
            match.re is not _NAME
            and match["both"] is not None
            and match[0] in ("children", "kids", "babies", "toddlers")
        ):
            cast.sizes.update(dict.fromkeys((0, 1), _SMALL))
    return People(tuple(mentions), cast.sizes, tuple(cast.others))


_NOBODY = -1


class _Cast:
    """The people so far: what each is called and which pronoun fits."""

    def __init__(self) -> None:
        self.called: list[tuple[str, Gender]] = []
        self.sizes: dict[int, float] = {}
        self.others: list[str] = []
        self.last = 0

    def meant(self, match: re.Match[str]) -> int | None:
        """The number of the person whom a mention means, None: both."""
        if match["both"] is not None:
            return None
        word = match["place"] or match["letter"] or match["bare"]
        if word is not None:
            return self._placed(0 if word in _FIRST else 1, word)
        if match["one"] is not None:
            return self._one()
        if match["other"] is not None:
            return self._placed(1 - self.last, "other") if self.called else _NOBODY
        if match["me"] is not None:
            return self.named(match["me"])
        for pronoun in ("he", "she"):
            if match[pronoun] is not None:
                return self._pronoun("he" if pronoun == "he" else "she")
        noun = match["noun"]
        if match["side"] is not None:
            return self._placed(0 if "left" in match["side"] else 1, noun, NOUNS[noun])
        return self.named(noun, NOUNS[noun])

    def called_by_name(self, name: str) -> int:
        """The person of that name; A and B are the first and the second."""
        return self._placed("AB".index(name), name) if name in ("A", "B") else self.named(name)

    def named(self, word: str, gender: Gender = "") -> int:
        """The person called so, who may be new; a third is noted and is nobody."""
        for person, (called, _) in enumerate(self.called):
            if called == word:
                self.last = person
                return person
        for person, (called, _) in enumerate(self.called):
            if called == "":
                return self._placed(person, word, gender)
        if len(self.called) == 2:
            self.others.append(word)
            return _NOBODY
        self.called.append((word, gender))
        self.last = len(self.called) - 1
        return self.last

    def measure(self, person: int, noun: str, before: str) -> None:
        """Notes how tall a person is, from the noun and the word before it."""
        small = (
            re.search(r"\b(?:small|little|young|tiny) $", before)
            and NOUNS[noun]
            and noun not in ("man", "woman", "lady")
        )
        if noun in SIZES or small:
            self.sizes[person] = SIZES.get(noun, _SMALL)

    def _placed(self, person: int, word: str, gender: Gender = "") -> int:
        while len(self.called) <= person:
            self.called.append(("", ""))
        if not self.called[person][0]:
            self.called[person] = (word, gender)
        self.last = person
        return person

    def _one(self) -> int:
        if not self.called or self.called[0][0] == "one":
            return self._placed(0, "one")
        return self.named("one") if len(self.called) < 2 else self.last

    def _pronoun(self, gender: Gender) -> int:
        for wanted in (gender, ""):
            fitting = [person for person, (_, known) in enumerate(self.called) if known == wanted]
            if fitting:
                self.last = fitting[0]
                return self.last
        return self.named(gender, gender) if len(self.called) < 2 else self.last


_BETWEEN = re.compile(
    r"\s*(?:,?\s*(?:who|is|are|has|was|sits?|sitting|seated|stands?|standing|lies|lying|in|on|at|the|a|an|his|her|with)"
    r"\b\s*)*"
)


def _adjacent(between: str) -> bool:
    return _BETWEEN.fullmatch(between) is not None


def _is_name(match: re.Match[str], written: str) -> bool:
    """Whether a capitalised word is a name: inside a sentence, or before a verb or another name at its beginning."""
    if len(match[0]) == 1:
        return True
    begins = re.search(r"(?:^|[.!?;:\"]\s*)$", written[: match.start()]) is not None
    return not begins or _AFTER_NAME.match(written, match.end()) is not None
