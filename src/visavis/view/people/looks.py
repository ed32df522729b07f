"""The people: measures, colours, hair."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.view.people.form import COMMON, Measures
from visavis.view.people.hair import BEANIE, BOB, CROP, WOOL, Cover
from visavis.view.people.surface_parts import HAIR_GLOSS, Colour, Gloss


@dataclass(frozen=True)
class Tones:
    """Colours of the skin: plain, where blood shows (cheeks, nose, ears), in hollows, and of the lips."""

    plain: Colour
    blush: Colour
    deep: Colour
    lips: Colour


@dataclass(frozen=True)
class Hair:
    """What covers the head, and its two colours; `stubble` (0 ... 1) is how much its colour shows on the bare scalp."""

    cover: Cover
    colours: tuple[Colour, Colour]
    gloss: Gloss = HAIR_GLOSS
    stubble: float = 0.0
    stubble_colour: Colour = (0.10, 0.08, 0.08)


@dataclass(frozen=True)
class Look:
    """How one person looks."""

    name: str
    tones: Tones
    iris: Colour
    brow: Colour
    brow_size: float
    brow_arch: float
    lash: float
    hair: Hair
    cloth: Colour
    collar: Colour
    measures: Measures = COMMON
    ears: bool = True
    lash_colour: Colour = (0.13, 0.08, 0.07)


AMBER = Look(
    name="amber",
    tones=Tones((0.955, 0.765, 0.650), (0.93, 0.52, 0.44), (0.72, 0.40, 0.32), (0.80, 0.40, 0.38)),
    iris=(0.32, 0.58, 0.50),
    brow=(0.38, 0.20, 0.12),
    brow_size=0.58,
    brow_arch=0.05,
    lash=0.34,
    hair=Hair(BOB, ((0.40, 0.21, 0.13), (0.53, 0.30, 0.19))),
    cloth=(0.13, 0.50, 0.55),
    collar=(0.10, 0.43, 0.48),
    ears=False,
)
UMBER = Look(
    name="umber",
    tones=Tones((0.600, 0.400, 0.290), (0.62, 0.30, 0.22), (0.36, 0.20, 0.14), (0.56, 0.30, 0.27)),
    iris=(0.46, 0.27, 0.13),
    brow=(0.11, 0.08, 0.08),
    brow_size=0.76,
    brow_arch=-0.12,
    lash=0.20,
    hair=Hair(CROP, ((0.11, 0.09, 0.09), (0.17, 0.14, 0.14)), Gloss(0.06, 0.15, 0.3), stubble=0.75),
    cloth=(0.90, 0.54, 0.22),
    collar=(0.82, 0.46, 0.17),
    measures=Measures(jaw=0.55, chin=0.35, cheek=-0.5, nose_width=0.7, nose_length=0.1, brow=0.6, lips=0.5, neck=0.35),
)
OLIVE = Look(
    name="olive",
    tones=Tones((0.860, 0.650, 0.500), (0.84, 0.44, 0.35), (0.60, 0.35, 0.26), (0.72, 0.38, 0.34)),
    iris=(0.38, 0.26, 0.16),
    brow=(0.16, 0.11, 0.10),
    brow_size=0.70,
    brow_arch=-0.10,
    lash=0.26,
    hair=Hair(BEANIE, ((0.72, 0.20, 0.22), (0.72, 0.20, 0.22)), WOOL, stubble=0.8),
    cloth=(0.20, 0.25, 0.42),
    collar=(0.16, 0.20, 0.36),
    measures=Measures(jaw=0.2, chin=0.1, cheek=0.3, nose_width=0.3, nose_length=0.25, lips=0.1, brow=0.2),
)
LOOKS: tuple[Look, ...] = (AMBER, UMBER, OLIVE)
"""The first, the second and a third person."""
