"""How people look: materials, colours of the features, hair."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from visavis.view.canvas import Colour


@dataclass(frozen=True)
class Skin:
    """A material: its colour in shadow, in plain light and where the light falls straight on it."""

    shade: Colour
    plain: Colour
    bright: Colour

    def lit(self, light: np.ndarray) -> np.ndarray:
        """Opaque colours (N, 4) where the light falls with cosine `light` (N,) in [-1, 1]."""
        return np.asarray(_ramp(self)[((light + 1) * 127.5).astype(np.int64)])


@lru_cache(maxsize=16)
def _ramp(skin: Skin) -> np.ndarray:
    light = np.linspace(-1, 1, 256)[:, None]
    dark, plain, bright = (np.array(colour) for colour in (skin.shade, skin.plain, skin.bright))
    colour = (
        dark + (plain - dark) * soft_step((light + 0.25) / 0.95) + (bright - plain) * soft_step((light - 0.7) / 0.3)
    )
    return np.concatenate([np.clip(colour, 0, 1), np.ones_like(light)], axis=1)


def soft_step(x: np.ndarray | float) -> np.ndarray:
    """0 below 0, 1 above 1 and a soft step in between."""
    x = np.clip(x, 0.0, 1.0)
    return np.asarray(x * x * (3 - 2 * x))


@dataclass(frozen=True)
class Paint:
    """The colours of a face's features."""

    iris: Colour
    lid: Colour
    lash: Colour
    brow: Colour
    lip_upper: Colour
    lip_lower: Colour
    nostril: Colour
    blush: Colour


@dataclass(frozen=True)
class Look:
    """How one person looks."""

    skin: Skin
    hair: Skin
    cloth: Skin
    paint: Paint
    long_hair: bool


AMBER = Look(
    skin=Skin((0.72, 0.46, 0.36), (0.96, 0.76, 0.63), (1.0, 0.86, 0.75)),
    hair=Skin((0.20, 0.10, 0.07), (0.45, 0.24, 0.15), (0.66, 0.40, 0.26)),
    cloth=Skin((0.06, 0.30, 0.36), (0.13, 0.50, 0.55), (0.22, 0.62, 0.66)),
    paint=Paint(
        iris=(0.27, 0.50, 0.45),
        lid=(0.90, 0.66, 0.54),
        lash=(0.24, 0.12, 0.09),
        brow=(0.36, 0.19, 0.12),
        lip_upper=(0.78, 0.40, 0.37),
        lip_lower=(0.87, 0.50, 0.46),
        nostril=(0.45, 0.22, 0.17),
        blush=(0.93, 0.45, 0.38),
    ),
    long_hair=True,
)
UMBER = Look(
    skin=Skin((0.36, 0.20, 0.14), (0.64, 0.42, 0.30), (0.78, 0.55, 0.41)),
    hair=Skin((0.05, 0.05, 0.07), (0.14, 0.13, 0.16), (0.30, 0.29, 0.33)),
    cloth=Skin((0.62, 0.28, 0.10), (0.88, 0.52, 0.22), (0.97, 0.66, 0.36)),
    paint=Paint(
        iris=(0.47, 0.28, 0.14),
        lid=(0.55, 0.35, 0.25),
        lash=(0.08, 0.05, 0.05),
        brow=(0.10, 0.07, 0.07),
        lip_upper=(0.52, 0.25, 0.22),
        lip_lower=(0.66, 0.36, 0.31),
        nostril=(0.22, 0.10, 0.07),
        blush=(0.72, 0.30, 0.20),
    ),
    long_hair=False,
)
LOOKS: tuple[Look, ...] = (AMBER, UMBER)
"""The first and the second person."""
