"""Records of what a phrase says about where two people are: arrangements, distances, postures.

Distances are between heads [m], after Hall's zones (The Hidden Dimension, 1966): intimate to 0.45, personal to 1.2,
social to 3.6.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum


class Rank(IntEnum):
    """Which of several phrases counts: what is said outright before what follows from the setting."""

    SETTING = 1
    ARRANGEMENT = 2
    SAID = 3
    MEASURED = 4


@dataclass(frozen=True)
class Arrangement:
    """How two bodies are turned: how far beside each one's facing the other is [deg], and how far apart they then are.

    0 = straight ahead, 90 = at the side, 180 = behind.
    """

    name: str
    first_off_deg: float
    second_off_deg: float
    apart_m: float

    def reversed(self) -> Arrangement:
        """The same with the people exchanged."""
        return replace(self, first_off_deg=self.second_off_deg, second_off_deg=self.first_off_deg)


FACE_TO_FACE = Arrangement("face to face", 0, 0, 1.2)
SIDE_BY_SIDE = Arrangement("side by side", 75, 75, 0.7)
SHOULDERS = Arrangement("shoulder to shoulder", 85, 85, 0.5)
WALKING = Arrangement("side by side", 80, 80, 0.75)
CAR = Arrangement("side by side", 82, 82, 0.75)
CORNER = Arrangement("at a right angle", 45, 45, 0.95)
HALF = Arrangement("half turned to each other", 45, 45, 0.95)
ANGLED = Arrangement("turned to each other", 20, 20, 1.3)
DIAGONAL = Arrangement("diagonally across", 25, 25, 1.4)
OUT = Arrangement("turned to the audience", 62, 62, 1.6)
BACKS = Arrangement("back to back", 180, 180, 0.6)
BEHIND = Arrangement("one behind the other", 0, 180, 0.9)
STRANGERS = Arrangement("side by side, strangers", 88, 88, 1.1)


@dataclass(frozen=True)
class Posture:
    """Height of a head: what carries the body, and the body above it, of a grown person of middle size [m]."""

    name: str
    seat_m: float
    body_m: float

    def height_m(self, size: float) -> float:
        """The head's height over the floor of somebody `size` times as tall as a grown person."""
        return self.seat_m + self.body_m * size


STANDING, SEATED = Posture("standing", 0.0, 1.65), Posture("seated", 0.42, 0.78)
STOOL, FLOOR = Posture("on a stool", 0.7, 0.72), Posture("on the floor", 0.0, 0.8)
KNEELING, CROUCHING = Posture("kneeling", 0.0, 1.2), Posture("crouching", 0.0, 0.95)
BENT, LYING = Posture("bent over", 0.0, 1.35), Posture("lying", 0.5, 0.15)


@dataclass(frozen=True)
class Effect:
    """What a phrase says.

    nearer: factor of the distance. between: in which distances a setting lets people be. off_deg: how far beside
    somebody's facing the other one is. facing: they turn to each other as far as the arrangement lets them. soft:
    that yields to an arrangement that is said outright. over: one is higher than the other. personal: it is about
    one person where it follows the name of one, and then says nothing of the arrangement.
    """

    says: str
    arrangement: Arrangement | None = None
    apart_m: float | None = None
    rank: Rank = Rank.SETTING
    nearer: float = 1.0
    between: tuple[float, float] | None = None
    posture: Posture | None = None
    size: float | None = None
    off_deg: float | None = None
    facing: bool = False
    soft: bool = False
    over: bool = False
    level: bool = False
    personal: bool = False
