"""Shoulders in a plain pullover."""

from __future__ import annotations

import numpy as np

from visavis.view.people.clay import ellipsoid, joined, rod, struck
from visavis.view.people.surface_parts import CLOTH_GLOSS, Colour, Part, blend, grid_part, merged

_ROWS, _COLUMNS = 22, 64
_MIDDLE = np.array([0.0, -22.0, -2.8])


def pullover(colour: Colour, collar: Colour) -> Part:
    """The upper body down to the chest, and the collar round the neck."""
    up = np.linspace(-0.5, np.pi / 2 - 0.02, _ROWS)[:, None]
    turn = 2 * np.pi * np.arange(_COLUMNS) / _COLUMNS - np.pi
    ray = np.stack([np.cos(up) * np.sin(turn), np.sin(up) + 0 * turn, np.cos(up) * np.cos(turn)], -1).reshape(-1, 3)
    points = struck(lambda at: -_torso(at), np.broadcast_to(_MIDDLE, ray.shape), ray, rounds=60)
    return merged([grid_part(points.reshape(_ROWS, _COLUMNS, 3), colour, CLOTH_GLOSS, closed=True), _collar(collar)])


def _torso(points: np.ndarray) -> np.ndarray:
    p = points + np.array([0.0, -1.0, 0.0])
    p[:, 0] = np.abs(p[:, 0])
    d = joined(
        ellipsoid(p, (0, -26.0, -2.2), (11.0, 8.0, 7.0)), ellipsoid(p, (10.6, -22.6, -3.2), (4.4, 4.3, 4.6)), 4.0
    )
    slope = rod(p, (0, -17.0, -3.6), (8.5, -20.0, -3.4), 3.4, 3.0)
    return joined(joined(d, slope, 3.5), rod(p, (0, -19.0, -2.9), (0, -16.2, -3.0), 4.95, 4.75), 1.0)


def _collar(colour: Colour) -> Part:
    turn = 2 * np.pi * np.arange(48) / 48
    around = -2 * np.pi * np.arange(10) / 10
    reach = 5.0 + 0.50 * np.cos(around)[:, None]
    y = -14.9 + 0.78 * np.sin(around)[:, None] - 0.8 * np.cos(turn)
    grid = np.stack([reach * np.sin(turn), y + 0 * turn, reach * np.cos(turn) - 2.75], -1)
    grid = np.concatenate([grid, grid[:1]])[::-1]
    return grid_part(grid, blend(colour, colour, np.zeros(grid.shape[:2])), CLOTH_GLOSS, closed=True)
