"""Numbers with a unit in plain English: metres, centimetres, feet, inches, yards, and degrees.

"6 feet", "5'6\"", "half a metre", "three and a half feet", "1 to 2 m" (their mean), "forty-five degrees".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {
    **{word: float(number) for number, word in enumerate(_ONES)},
    **{word: 10.0 * number for number, word in enumerate(_TENS, 2)},
    **{"a": 1.0, "an": 1.0, "half": 0.5, "quarter": 0.25, "hundred": 100.0},
    **{"couple": 2.0, "few": 3.0, "several": 4.0, "dozen": 12.0},
}
_PARTS = {"half": 0.5, "quarter": 0.25}
_UNITS = {
    r"millimet(?:re|er)s?|mm": 0.001,
    r"centimet(?:re|er)s?|cms?": 0.01,
    r"met(?:re|er)s?|m": 1.0,
    r"feet|foot|ft": 0.3048,
    r"inch(?:es)?": 0.0254,
    r"yards?|yds?": 0.9144,
    r"paces?|steps?|strides?": 0.75,
}
_DEGREES = r"degrees?|deg|°"

_WORD = rf"(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})\b"
_NUMERAL = r"\d+(?:[.,]\d+)?"
_GAP = r"[\s-]+"
_SPOKEN = rf"(?:(?:hundred{_GAP}and\b|{_WORD}){_GAP})*{_WORD}(?:{_GAP}and{_GAP}(?:an?{_GAP})?(?:half|quarter)\b)?"
_AMOUNT = rf"(?:(?:an?{_GAP})?{_NUMERAL}(?:{_GAP}and{_GAP}an?{_GAP}half\b)?|{_SPOKEN})"
_UNIT = "|".join([*_UNITS, _DEGREES])
_MEASURE = re.compile(
    rf"(?<![\w.,])(?P<amount>{_AMOUNT})(?:\s*(?:to|-|–|or)\s*(?P<upto>{_AMOUNT}))?(?:{_GAP}of(?:{_GAP}an?\b)?)?[\s-]*"
    rf"(?:(?P<unit>{_UNIT})|(?<=\d)\s*(?P<short>in))(?![\w°])(?:{_GAP}and{_GAP}a{_GAP}(?P<part>half|quarter)\b)?"
    rf"(?:\s*(?P<inches>{_NUMERAL})(?:\s*(?:inch|inches|in))?(?=\s*(?:$|tall|apart|away|from|between)))?"
)
_FEET_AND_INCHES = re.compile(r"(?<![\w.])(?P<feet>\d+)\s*['′]\s*(?:(?P<inches>\d+)\s*(?:[\"″]|''))?")


@dataclass(frozen=True)
class Measure:
    """A length [m] or an angle [deg] that a text names at the characters [start, stop)."""

    start: int
    stop: int
    value: float
    kind: Literal["length", "angle"]


def measures_in(text: str) -> Iterator[Measure]:
    """Every number with a unit in a lower-case text, in its order."""
    found = [*_with_units(text), *_with_marks(text)]
    yield from sorted(found, key=lambda measure: measure.start)


def _with_units(text: str) -> Iterator[Measure]:
    for match in _MEASURE.finditer(text):
        amount = _amount(match["amount"])
        if match["upto"] is not None:
            amount = (amount + _amount(match["upto"])) / 2
        amount += _PARTS.get(match["part"] or "", 0.0)
        unit = match["unit"] or "inch"
        if re.fullmatch(_DEGREES, unit):
            yield Measure(*match.span(), amount, "angle")
            continue
        metres = amount * next(size for names, size in _UNITS.items() if re.fullmatch(names, unit))
        if match["inches"] is not None and unit in ("foot", "feet", "ft"):
            metres += _amount(match["inches"]) * 0.0254
        yield Measure(*match.span(), metres, "length")


def _with_marks(text: str) -> Iterator[Measure]:
    for match in _FEET_AND_INCHES.finditer(text):
        yield Measure(*match.span(), int(match["feet"]) * 0.3048 + int(match["inches"] or 0) * 0.0254, "length")


def _amount(written: str) -> float:
    """The number that some words or digits say: "three and a half", "half a", "one hundred and fifty", "1,5"."""
    words = [word for word in re.split(r"[\s-]+", written) if word not in ("and", "of")]
    if words[0] in _PARTS and len(words) > 1:
        return _PARTS[words[0]] * _amount(" ".join(words[1:]))
    if len(words) > 1 and words[0] in ("a", "an"):
        return _amount(" ".join(words[1:]))
    total = 0.0
    for word in words:
        if word == "hundred":
            total = max(total, 1.0) * _WORDS[word]
        elif word not in ("a", "an") or len(words) == 1:
            total += float(word.replace(",", ".")) if word[0].isdigit() else _WORDS[word]
    return total
