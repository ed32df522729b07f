"""What a text says about where two people are, put together: phrases, lengths and people become places.

Numbers count before words, what is said outright before the setting, and of two equals the first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from visavis.core.errors import VisavisError
from visavis.core.layout import FARTHEST_M, NEAREST_M, Layout, Place
from visavis.models.talking_together.layout_effects import (
    BEHIND,
    FACE_TO_FACE,
    FLOOR,
    SEATED,
    STANDING,
    STOOL,
    Arrangement,
    Effect,
    Posture,
    Rank,
)
from visavis.models.talking_together.layout_measures import Measure, measures_in
from visavis.models.talking_together.layout_people import People, people_in
from visavis.models.talking_together.layout_phrases import PHRASES

_NEARER = (0.4, 3.5)
_APART_M = (0.35, 9.0)
_SIDEWAYS_DEG, _ANGLED_DEG = 60.0, 25.0
_TURNED_DEG, _TURNED_SOFTLY_DEG = 40.0, 55.0
"""How far beside the facing the other is where two side by side turn to each other: outright, or by their mood."""
_STOPWORDS = frozenset(
    word
    for line in (
        "a about all almost an and another approximately are around as at away be been being between but by deep",
        "deeply do does each either every for from front going good had has have having her here his holding how i",
        "imagine in into is it its just let lets like lot near of off on one opposite or other out over own people",
        "little round small playing across person place please position put quite rather really scene see side",
        "slightly so some somewhat still than that",
        "the their them then there these they this those through to together too towards turned two under up us very",
        "was we were what when where which while who whom with within you your apart behind",
    )
    for word in line.split()
)


@dataclass(frozen=True)
class _Found:
    """A phrase at the characters [start, stop), and of whom it is: person 0 or 1, None: both."""

    start: int
    stop: int
    effect: Effect
    person: int | None
    negated: bool = False


def _phrases_in(text: str, measures: Sequence[Measure], people: People) -> Iterator[_Found]:
    """The phrases of a text in its order; of those that overlap the longest counts."""
    open_text = blanked(text, [(one.start, one.stop) for one in measures if one.kind == "length"])
    every = [
        (match.start(), match.end(), effect) for pattern, effect in PHRASES for match in pattern.finditer(open_text)
    ]
    taken: list[tuple[int, int]] = []
    chosen = []
    for start, stop, effect in sorted(every, key=lambda one: (one[0] - one[1], one[0])):
        if not any(start < end and begin < stop for begin, end in taken):
            taken.append((start, stop))
            chosen.append((start, stop, effect))
    for start, stop, effect in sorted(chosen, key=lambda one: one[0]):
        negated = re.search(r"\b(?:not|never|no|without|isn't|aren't|don't|nor)(?: \w+)? $", text[:start]) is not None
        is_setting = effect.rank is Rank.SETTING and effect.arrangement is not None
        own = people.names_at(start, text) if is_setting else effect.personal
        person = people.meant_at(start, stop, text) if own else None
        yield _Found(start, stop, effect, person, negated)


class Said:
    """All that a lower-case text says, and what follows from it; `written` has its capitals.

    understood: what was understood, in words; empty where nothing was.
    """

    def __init__(self, text: str, written: str) -> None:
        measures = list(measures_in(text))
        people = people_in(blanked(text, [(one.start, one.stop) for one in measures]), written)
        found = list(_phrases_in(text, measures, people))
        self._text, self._people, self._measures = text, people, measures
        self._tall = dict(_heights_in(text, measures, people))
        self._negated = [one for one in found if one.negated]
        self._found = [one for one in found if not one.negated and not (one.effect.size and self._tall)]
        self._apart = [one for one in measures if one.kind == "length" and not _is_height(one, text)]
        self._angles = [one for one in measures if one.kind == "angle"]
        names = [f"{_WHO[person]} a child" for person in sorted(people.sizes)]
        names += [f"{_WHO[person]} {height:g} m tall" for person, height in sorted(self._tall.items())]
        names += [f"{one.value:.2f} m".replace(".00", "") for one in self._apart[:1]]
        names += [f"{one.value:g}°" for one in self._angles[:1]]
        names += [self._named(one) for one in self._found]
        self.understood = list(dict.fromkeys(names))

    def layout(self) -> Layout:
        """The places that follow: the body of the first faces +z; two side by side are along x, the first at -x."""
        arrangement, rank = self._arrangement()
        apart = self._distance(arrangement, rank)
        turned = self._turned(arrangement, rank)
        offs = [turned.first_off_deg, turned.second_off_deg]
        for person, off in [*self._turned_away(), *((one.person, one.effect.off_deg) for one in self._found)]:
            if off is not None:
                for each in (0, 1) if person is None else (person,):
                    offs[each] = off
        from_first = math.radians(90.0 if _is_sideways(arrangement) else turned.first_off_deg)
        facings = from_first - math.radians(offs[0]), from_first + math.pi + math.radians(offs[1])
        x, z = math.sin(from_first) * apart / 2, math.cos(from_first) * apart / 2
        first, second = (
            Place((round(side * x, 4) + 0.0, round(height, 3), round(side * z, 4) + 0.0), _wrapped(facing))
            for side, height, facing in zip((-1, 1), self._heights(), facings, strict=True)
        )
        return Layout(first, second)

    def ignored(self) -> Iterator[str]:
        """Words that say nothing here, phrases that are denied, and people beyond two."""
        spans = [(one.start, one.stop) for one in (*self._found, *self._negated)]
        spans += [(one.start, one.stop) for one in self._measures]
        spans += [(one.start, one.stop) for one in self._people.mentions]
        left = blanked(self._text, spans)
        words = [word for word in re.findall(r"[a-zà-ÿ][\w'-]*", left) if word not in _STOPWORDS]
        denied = [f"not {self._text[one.start : one.stop]}" for one in self._negated]
        yield from dict.fromkeys(
            [*denied, *(word for word in words if word not in ("not", "no", "never")), *self._people.others]
        )

    def _named(self, one: _Found) -> str:
        return one.effect.says if one.person is None else f"{_WHO[one.person]} {one.effect.says}"

    def _arrangement(self) -> tuple[Arrangement, Rank]:
        """What is said of how they are arranged: of the highest rank the first."""
        best: tuple[Arrangement, Rank] | None = None
        for one in self._found:
            effect, given = one.effect, one.effect.arrangement
            if given is None or one.person is not None:
                continue
            if given is BEHIND:
                given = self._behind(one)
            if best is None or effect.rank > best[1]:
                best = given, effect.rank
        return best or (FACE_TO_FACE, Rank.SETTING)

    def _behind(self, one: _Found) -> Arrangement:
        """Whoever is named last before "behind" sees the other's back."""
        before = [
            mention for mention in self._people.mentions if mention.stop <= one.start and mention.person is not None
        ]
        return BEHIND.reversed() if before and before[-1].person == 1 else BEHIND

    def _distance(self, arrangement: Arrangement, rank: Rank) -> float:
        """Between the heads over the floor [m]: as measured, as said in words, by the arrangement, by the setting."""
        if self._apart:
            return _possible(self._apart[0].value)
        said = [one.effect for one in self._found if one.effect.apart_m is not None]
        best = max(said, key=lambda effect: effect.rank, default=None)
        base = arrangement.apart_m
        if best is not None and best.apart_m is not None and best.rank >= rank:
            base, rank = best.apart_m, best.rank
        nearer = math.prod({one.effect.says: one.effect.nearer for one in self._found}.values())
        apart = base * min(max(nearer, _NEARER[0]), _NEARER[1])
        between = [one.effect.between for one in self._found if one.effect.between is not None]
        if between and rank < Rank.SAID:
            apart = min(max(apart, between[0][0]), between[0][1])
        return min(max(apart, _APART_M[0]), _APART_M[1])

    def _turned(self, arrangement: Arrangement, rank: Rank) -> Arrangement:
        """The arrangement turned as people who face each other turn, or by an angle that is given."""
        offs = [arrangement.first_off_deg, arrangement.second_off_deg]
        for one in self._found:
            if one.effect.facing and not (one.effect.soft and rank >= Rank.ARRANGEMENT):
                inwards = _TURNED_SOFTLY_DEG if one.effect.soft else _TURNED_DEG
                stays = one.effect.soft and max(offs) > _ANGLED_DEG
                offs = [inwards] * 2 if _is_sideways(arrangement) else offs if stays else [0.0, 0.0]
        for angle in self._angles:
            if not self._is_away(angle):
                offs = [90.0 - angle.value / (1 if _is_sideways(arrangement) else 2)] * 2
        return replace(arrangement, first_off_deg=offs[0], second_off_deg=offs[1])

    def _is_away(self, angle: Measure) -> bool:
        return re.match(r" (?:\w+ )?away", self._text[angle.stop :]) is not None

    def _turned_away(self) -> Iterator[tuple[int | None, float]]:
        """By which angle somebody is turned away."""
        for angle in self._angles:
            if self._is_away(angle):
                yield self._people.meant_at(angle.start, angle.stop, self._text), angle.value

    def _heights(self) -> list[float]:
        """Of both heads [m]."""
        sizes = [self._people.sizes.get(person, 1.0) for person in (0, 1)]
        said: list[Posture | None] = [None, None]
        setting: Posture | None = None
        over: int | None = None
        for one in self._found:
            effect = one.effect
            for person in (0, 1) if one.person is None else (one.person,):
                if effect.size is not None:
                    sizes[person] *= effect.size
                if effect.posture is not None and (effect.rank >= Rank.SAID or one.person is not None):
                    said[person] = said[person] or effect.posture
            if effect.posture is not None and effect.rank < Rank.SAID and one.person is None:
                setting = setting or effect.posture
            if effect.over:
                over = one.person or 0
        postures = _postures(said, setting, over, sizes)
        sizes = [self._tall[person] / _TALL_M if person in self._tall else sizes[person] for person in (0, 1)]
        heights = [posture.height_m(size) for posture, size in zip(postures, sizes, strict=True)]
        return [min(heights)] * 2 if any(one.effect.level for one in self._found) else heights


_TALL_M = 1.75
"""A grown person of middle size."""
_TALL = re.compile(r"[ -]*(?:tall|high)\b")
_WHO = ("first", "second")


def _is_height(measure: Measure, text: str) -> bool:
    return _TALL.match(text, measure.stop) is not None


def _heights_in(text: str, measures: Sequence[Measure], people: People) -> Iterator[tuple[int, float]]:
    """How tall who is said to be [m]."""
    for measure in measures:
        tall = _TALL.match(text, measure.stop)
        if tall is not None and measure.kind == "length":
            person = people.meant_at(measure.start, tall.end(), text)
            yield from ((each, measure.value) for each in ((0, 1) if person is None else (person,)))


def _possible(apart: float) -> float:
    if not NEAREST_M <= apart <= FARTHEST_M:
        raise VisavisError(
            f"{apart:g} m apart is not possible: people who talk are {NEAREST_M:g} to {FARTHEST_M:g} m apart; "
            "say another distance"
        )
    return apart


def _postures(
    said: Sequence[Posture | None], setting: Posture | None, over: int | None, sizes: Sequence[float]
) -> list[Posture]:
    """Of each: as said, as the setting has it, as the other; seated where nothing says it."""
    chosen = list(said)
    if over is not None:
        chosen[over] = chosen[over] or STANDING
        if chosen[1 - over] is None:
            chosen[1 - over] = STANDING if sizes[1 - over] < sizes[over] else SEATED
    others = chosen[1], chosen[0]
    sitting = setting if setting in (STOOL, FLOOR) else SEATED
    settled = [own or setting or other or SEATED for own, other in zip(chosen, others, strict=True)]
    return [sitting if one is SEATED else one for one in settled]


def _is_sideways(arrangement: Arrangement) -> bool:
    """Whether both have the other at their side."""
    return all(
        _SIDEWAYS_DEG < off < 180 - _SIDEWAYS_DEG for off in (arrangement.first_off_deg, arrangement.second_off_deg)
    )


def _wrapped(angle: float) -> float:
    """The same angle above -pi, at most pi [rad]."""
    wrapped = math.remainder(angle, 2 * math.pi)
    return round(wrapped if wrapped > -math.pi + 1e-6 else math.pi, 6)


def blanked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with some characters as blanks, so that places in it stay what they are."""
    letters = list(text)
    for start, stop in spans:
        letters[start:stop] = " " * (stop - start)
    return "".join(letters)
