"""The usual spellings of the 52 ARKit shapes: EyeBlinkLeft, eyeBlink_L, eye_blink_left, Face.eyeBlink_L, ..."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from visavis.core.builtin_spaces import ARKIT_WEIGHTS

_LONGEST = 200
"""Of a name, so many letters from its end are looked at."""
_SIDES = {"Left": ("left", "l"), "Right": ("right", "r")}


def arkit_name(spelling: str) -> str | None:
    """The arkit61 name that a shape's name means, None if it means none.

    A half of a shape that ARKit does not divide (`browInnerUp_L`, `cheekPuff_R`) counts as the whole: halves add up.
    """
    table = _spellings()
    parts = re.split(r"[.:|/]", spelling[-_LONGEST:])
    for start in range(len(parts)):
        found = table.get(_folded("".join(parts[start:])))
        if found is not None:
            return found
    return None


def camel_case(name: str) -> str:
    """Apple's own spelling of an arkit61 name: `eyeBlinkLeft`, which most programs look for."""
    return name[0].lower() + name[1:]


def missing_names(names: Iterable[str]) -> tuple[str, ...]:
    """The arkit61 weights that are not among `names`."""
    there = set(names)
    return tuple(name for name in ARKIT_WEIGHTS if name not in there)


def _folded(spelling: str) -> str:
    return re.sub(r"[^a-z0-9]", "", spelling.lower())


@lru_cache(maxsize=1)
def _spellings() -> dict[str, str]:
    table: dict[str, str] = {}
    for name in ARKIT_WEIGHTS:
        side = next((side for side in _SIDES if name.endswith(side)), None)
        if side is None:
            halves = [_folded(name) + ending for endings in _SIDES.values() for ending in endings]
            table |= dict.fromkeys([_folded(name), *halves], name)
        else:
            stem = _folded(name.removesuffix(side))
            table |= {form: name for ending in _SIDES[side] for form in (stem + ending, ending + stem)}
    return table
