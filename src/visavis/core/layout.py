"""Where two people are in a room: positions of their heads and which way they face.

Right-handed, metres, y up; the origin is the middle between them on the floor. A facing is an angle about y [rad]: 0
looks along +z, a quarter turn along +x. On disk, facings are in degrees:

    {"first": {"position": [0, 1.2, -0.6], "facing_deg": 0}, "second": {"position": [0, 1.2, 0.6], "facing_deg": 180}}
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from visavis.core.errors import VisavisError, unknown

NEAREST_M, FARTHEST_M = 0.3, 10.0
"""Heads are at least and at most this far apart; nobody's head is farther than this from the origin, either."""
SEATED_M = 1.2
"""Height of a seated person's head."""
_APART_M = 1.2
_EXAMPLE = '{"first": {"position": [0, 1.2, -0.6], "facing_deg": 0}, "second": {...}}'


@dataclass(frozen=True)
class Place:
    """Where a head is: `position` (x, y, z) [m], and `facing_rad`, the way that the body faces, about y [rad].

    Raises `VisavisError` for numbers that are not finite and for positions farther than 10 m from the origin.
    """

    position: tuple[float, float, float]
    facing_rad: float

    def __post_init__(self) -> None:
        numbers = (*self.position, self.facing_rad)
        if len(self.position) != 3 or not all(math.isfinite(number) for number in numbers):
            raise VisavisError(
                f"a place of position {list(self.position)} and facing {self.facing_rad} cannot be; give three finite "
                "numbers of metres (x, y up, z) and a finite angle"
            )
        away = math.hypot(*self.position)
        if away > FARTHEST_M:
            raise VisavisError(
                f"a head at {_written(self.position)} is {away:.1f} m from the origin, the middle between both people; "
                f"give positions within {FARTHEST_M:g} m of it"
            )


@dataclass(frozen=True)
class Layout:
    """The places of two people; raises `VisavisError` where they are nearer than 0.3 m or farther apart than 10 m."""

    first: Place
    second: Place

    def __post_init__(self) -> None:
        apart = math.dist(self.first.position, self.second.position)
        if not NEAREST_M <= apart <= FARTHEST_M:
            raise VisavisError(
                f"the heads at {_written(self.first.position)} and {_written(self.second.position)} are {apart:.2f} m "
                f"apart; people who talk are {NEAREST_M:g} to {FARTHEST_M:g} m apart, give other positions"
            )

    @classmethod
    def default(cls) -> Layout:
        """Two seated people face to face, 1.2 m apart along z: the first looks along +z, the second along -z."""
        return cls.face_to_face(_APART_M)

    @classmethod
    def face_to_face(cls, apart_m: float, height_m: float = SEATED_M) -> Layout:
        """Two people on the z axis who face each other, their heads equally high."""
        first = Place((0.0, height_m, -apart_m / 2), 0.0)
        return cls(first, Place((0.0, height_m, apart_m / 2), math.pi))

    @property
    def translations(self) -> np.ndarray:
        """Positions of both heads (2, 3) float32 [m]."""
        return np.array([self.first.position, self.second.position], dtype=np.float32)

    def swapped(self) -> Layout:
        """The same places with the people exchanged."""
        return Layout(self.second, self.first)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, facings in degrees."""
        return {
            field.name: {"position": list(place.position), "facing_deg": math.degrees(place.facing_rad)}
            for field in fields(self)
            for place in (getattr(self, field.name),)
        }

    @classmethod
    def from_dict(cls, data: Any) -> Layout:
        """A layout from plain data; raises `VisavisError` saying what is wrong with it."""
        first, second = _keys(data, "a layout", tuple(field.name for field in fields(cls)))
        return cls(_place(first, "first"), _place(second, "second"))


def read_layout(path: str | os.PathLike[str]) -> Layout:
    """The layout in a JSON file; raises `VisavisError` naming the file and what is wrong with it."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise VisavisError(f"cannot read {path}: {error.strerror}; give a layout file, {_EXAMPLE}") from error
    except (ValueError, RecursionError) as error:
        raise VisavisError(f"{path} is not JSON ({error}); write {_EXAMPLE}") from error
    try:
        return Layout.from_dict(data)
    except VisavisError as error:
        raise VisavisError(f"{path}: {error}") from error


def _place(data: Any, who: str) -> Place:
    position, facing = _keys(data, f"the place of {who!r}", ("position", "facing_deg"))
    if not isinstance(position, list | tuple) or len(position) != 3:
        raise VisavisError(f"position of {who!r} cannot be {position!r}; give three numbers [x, y, z] in metres")
    x, y, z = (_number(value, f"position of {who!r}") for value in position)
    return Place((x, y, z), math.radians(_number(facing, f"facing_deg of {who!r}")))


def _keys(data: Any, what: str, names: tuple[str, ...]) -> tuple[Any, ...]:
    """The values of exactly these keys."""
    if not isinstance(data, Mapping):
        raise VisavisError(f"{what} cannot be {data!r}; write {_EXAMPLE}")
    for key in data:
        if key not in names:
            raise unknown(f"key of {what}", str(key), names)
    for name in names:
        if name not in data:
            raise VisavisError(f"{what} lacks {name!r}; write {_EXAMPLE}")
    return tuple(data[name] for name in names)


def _number(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise VisavisError(f"{what} cannot be {value!r}; it is a number")
    try:
        return float(value)
    except OverflowError as error:
        raise VisavisError(f"{what} is a number of {len(str(value))} digits; give metres or degrees") from error


def _written(position: tuple[float, float, float]) -> str:
    return f"({', '.join(f'{value:g}' for value in position)})"
