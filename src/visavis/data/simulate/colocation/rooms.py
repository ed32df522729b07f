"""Rooms: where two people sit or stand, which way their bodies face, and what else there is to look at.

The room is described from the first person: +z is about where that body faces, unless the people sit at an angle. Any
room can be turned (`core.colocation.turned_room`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from visavis.core.colocation import headings
from visavis.core.layout import Layout, Place

Arrangement = Literal["face to face", "at a corner", "side by side"]
"""Face to face; at the corner of a table, bodies at a right angle; side by side, turned a little inwards."""
ARRANGEMENTS: Mapping[Arrangement, float] = {"face to face": 0.6, "at a corner": 0.25, "side by side": 0.15}
POSTURES: Mapping[tuple[bool, bool], float] = {
    (True, True): 0.7,
    (False, False): 0.22,
    (True, False): 0.04,
    (False, True): 0.04,
}
"""Who is seated, and how often."""


@dataclass(frozen=True)
class _Normal:
    """Normally distributed, within bounds."""

    mean: float
    deviation: float
    least: float
    most: float

    def draw(self, rng: np.random.Generator) -> float:
        return float(np.clip(rng.normal(self.mean, self.deviation), self.least, self.most))


EYES_M: Mapping[bool, _Normal] = {True: _Normal(1.2, 0.04, 1.1, 1.3), False: _Normal(1.64, 0.07, 1.5, 1.8)}
"""Height of the eyes of who is seated, and of who is not."""
APART_M: Mapping[bool, _Normal] = {True: _Normal(1.2, 0.22, 0.75, 2.0), False: _Normal(1.05, 0.2, 0.65, 1.8)}
"""Between heads, level; of two who are both seated, and of others. Side by side it is three quarters."""
_NEARER_BESIDE = 0.75
_AZIMUTH_DEG: Mapping[Arrangement, _Normal] = {
    "face to face": _Normal(0.0, 8.0, -20.0, 20.0),
    "at a corner": _Normal(45.0, 8.0, 25.0, 65.0),
    "side by side": _Normal(90.0, 6.0, 75.0, 105.0),
}
"""Direction of the second person from the first, about y; of the last two to either side."""
_TURNED_DEG = _Normal(0.0, 8.0, -20.0, 20.0)
"""How bodies face past where the arrangement has them."""
_INWARDS_DEG = _Normal(35.0, 8.0, 20.0, 55.0)
"""How far bodies side by side turn towards each other."""
_THINGS = 3
_SEEN_DEG, _BESIDE_DEG, _LEVEL_DEG = 65.0, (18.0, 70.0), 30.0
_REACH_M, _THING_M = 1.5, 0.7
"""Things lie so near to where either body faces, so far past either's partner, so little above or below the eyes,
within this reach of the origin on each axis, and so far from either person at least."""


@dataclass(frozen=True)
class Room:
    """The `layout` of both people, how they are arranged, who is seated, and positions of `things` (x, y, z) [m]."""

    layout: Layout
    arrangement: Arrangement
    seated: tuple[bool, bool]
    things: tuple[tuple[float, float, float], ...]


def draw_room(rng: np.random.Generator) -> Room:
    """A random room; its mixture is in docs/simulator.md, and the same for every split."""
    arrangement = tuple(ARRANGEMENTS)[int(rng.choice(len(ARRANGEMENTS), p=list(ARRANGEMENTS.values())))]
    seated = tuple(POSTURES)[int(rng.choice(len(POSTURES), p=list(POSTURES.values())))]
    apart = APART_M[all(seated)].draw(rng) * (_NEARER_BESIDE if arrangement == "side by side" else 1.0)
    azimuth, facings = _directions(rng, arrangement)
    across = apart / 2 * np.array([np.sin(azimuth), np.cos(azimuth)])
    first, second = (
        Place((float(side * across[0]), EYES_M[sits].draw(rng), float(side * across[1])), facing)
        for side, sits, facing in zip((-1, 1), seated, facings, strict=True)
    )
    layout = Layout(first, second)
    return Room(layout, arrangement, seated, _things(rng, layout))


def _directions(rng: np.random.Generator, arrangement: Arrangement) -> tuple[float, tuple[float, float]]:
    """Where the second person is from the first, and which way both bodies face, about y [rad]."""
    side = 1.0 if arrangement == "face to face" else float(rng.choice([-1, 1]))
    azimuth = side * _AZIMUTH_DEG[arrangement].draw(rng)
    if arrangement == "face to face":
        facings = [azimuth, azimuth + 180]
    elif arrangement == "at a corner":
        facings = [0.0, -90 * side]
    else:
        facings = [side * _INWARDS_DEG.draw(rng), -side * _INWARDS_DEG.draw(rng)]
    first, second = (float(np.deg2rad(facing + _TURNED_DEG.draw(rng))) for facing in facings)
    return float(np.deg2rad(azimuth)), (first, second)


def _things(rng: np.random.Generator, layout: Layout) -> tuple[tuple[float, float, float], ...]:
    """What both can see without turning around, and cannot take for the partner; what lies between them, if nothing."""
    found: list[tuple[float, float, float]] = []
    for place in rng.uniform((-_REACH_M, 0.5, -_REACH_M), (_REACH_M, 2.0, _REACH_M), (300, 3)):
        if len(found) < _THINGS and _visible(place, layout):
            found.append((float(place[0]), float(place[1]), float(place[2])))
    lowest = min(layout.first.position[1], layout.second.position[1])
    return tuple(found) or ((0.0, lowest - 0.35, 0.0),)


def _visible(thing: np.ndarray, layout: Layout) -> bool:
    for own, other in ((layout.first, layout.second), (layout.second, layout.first)):
        ahead = thing - np.array(own.position)
        partner = np.array(other.position) - np.array(own.position)
        heading, pitch = np.rad2deg(headings(ahead))
        turned = abs((heading - np.rad2deg(own.facing_rad) + 180) % 360 - 180)
        cosine = ahead @ partner / (np.linalg.norm(ahead) * np.linalg.norm(partner))
        beside = float(np.rad2deg(np.arccos(np.clip(cosine, -1, 1))))
        seen = turned <= _SEEN_DEG and abs(pitch) <= _LEVEL_DEG and _BESIDE_DEG[0] <= beside <= _BESIDE_DEG[1]
        if not seen or np.linalg.norm(ahead) < _THING_M:
            return False
    return True
