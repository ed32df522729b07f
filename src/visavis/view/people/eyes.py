"""The eyeballs: rings round the axis of sight, coloured as pupil, iris and white."""

from __future__ import annotations

import numpy as np

from visavis.view.people.form import EYE, EYE_RADIUS
from visavis.view.people.surface_parts import WET, Colour, Part, blend, grid_part

IRIS = np.radians(28.5)
PUPIL = np.radians(12.5)
_RINGS = np.radians(
    [180, 150, 120, 95, 80, 68, 58, 49, 41, 36, 33, 30.2, 29, 27.4, 25.5, 23, 19.5, 16, 14, 12.9, 11.8, 5, 0.2]
)
_SECTORS = 44


def eyeball(iris: Colour) -> Part:
    """The left eyeball, looking ahead."""
    around = 2 * np.pi * np.arange(_SECTORS) / _SECTORS
    grid = np.stack(
        [
            np.sin(_RINGS)[:, None] * np.cos(around),
            np.sin(_RINGS)[:, None] * np.sin(around),
            np.repeat(np.cos(_RINGS)[:, None], _SECTORS, axis=1),
        ],
        axis=-1,
    )
    return grid_part(EYE + EYE_RADIUS * grid, _colours(iris, around), WET, closed=True)


def _colours(iris: Colour, around: np.ndarray) -> np.ndarray:
    """(rings, sectors, 3): lighter below, where light that came in from above leaves the iris, dark at its rim."""
    ring = _RINGS[:, None] + 0 * around
    white = blend((0.95, 0.94, 0.93), (0.93, 0.83, 0.80), np.clip((ring - np.radians(45)) / np.radians(50), 0, 1))
    share = np.clip((ring - PUPIL) / (IRIS - PUPIL), 0, 1)
    fibres = 0.05 * np.cos(7 * around) * np.cos(11 * around + 1.0) + 0.04 * np.cos(19 * around)
    glow = 1.0 + fibres + 0.45 * np.clip(-np.sin(around) * 0.9 + 0.1, -0.3, 1) * np.sin(np.pi * share)
    tint = np.array(iris) * glow[..., None] * (1.12 - 0.35 * share[..., None] ** 2)
    rim = np.array(iris) * 0.32
    tint = blend(tint, rim, np.clip((ring - np.radians(25.2)) / np.radians(2.6), 0, 1))
    colours = np.where((ring > np.radians(29.5))[..., None], white, tint)
    return np.clip(np.where((ring < PUPIL)[..., None], (0.03, 0.025, 0.03), colours), 0, 1)
