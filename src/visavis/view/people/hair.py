"""Hair and caps: solids of clay over the head, cut off along a hairline or hem.

A solid and its cut are forms (see `clay`); of the solid's surface stays what lies outside of the cut.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from visavis.view.people.clay import Form, carved, ellipsoid, joined, struck
from visavis.view.people.surface_parts import HAIR_GLOSS, Colour, Gloss, Part, blend, grid_part, soft_step

_ROWS, _COLUMNS = 40, 96
_PLACES, _BY_WAY = 240, 0.65
"""Columns stand evenly by a mixture of the way along the hem, known at so many places, and of the angle."""
_POLE = 1e-3
"""How far [rad] the last row stays from the point opposite to the opening, where all columns meet."""
WOOL = Gloss(0.02, 0.1, 0.5)


@dataclass(frozen=True)
class Cover:
    """A solid, its cut, and a direction (3,) that points from the `middle` (3,) [cm] into the cut away part."""

    solid: Form
    cut: Form
    opening: tuple[float, float, float]
    middle: tuple[float, float, float]


def _bob(points: np.ndarray) -> np.ndarray:
    x, y, z = points.T
    d = joined(
        ellipsoid(points, (0, 3.5, -1.2), (9.2, 9.2, 10.2)), ellipsoid(points, (0, -3.5, -2.6), (9.1, 7.6, 7.6)), 3.5
    )
    around = np.arctan2(x - 1.6, z - 1.0)
    locks = np.clip((9.5 - y) / 9.0, 0, 1) * np.clip(_bob_cut(points) / 2.5, 0, 1)
    fine = 0.05 * np.sin(29 * around - 0.2 * y) * np.clip((y + 5) / 6, 0, 1)
    d = d + locks * (0.13 * np.sin(19 * around + 0.25 * y) + fine)
    d = d + 0.35 * np.exp(-np.square((x - 1.9 - 0.1 * z) / 0.45)) * np.clip((y - 7) / 3, 0, 1) * (z > -3)
    return carved(d, ellipsoid(points, (0, -13.5, 1.0), (7.0, 5.5, 7.5)), 1.5)


def _bob_cut(points: np.ndarray) -> np.ndarray:
    swept = points - np.clip(points[:, 1:2] - 0.5, 0, 9) * [0.24, 0.0, 0.0]
    face = ellipsoid(swept, (0.0, -2.1, 9.6), (6.48, 9.6, 7.9))
    return joined(face, ellipsoid(points, (0, -9.5, 1.0), (4.8, 7.0, 7.0)), 4.0)


BOB = Cover(_bob, _bob_cut, (0.0, -0.15, 1.0), (0.0, 1.5, -2.2))
"""Chin-long hair with a parting on the own left and a fringe swept to the own right."""


def _crop(points: np.ndarray) -> np.ndarray:
    x, y, z = points.T
    d = joined(
        ellipsoid(points, (0, 4.1, -1.2), (8.05, 8.2, 9.3)), ellipsoid(points, (0, 8.2, 0.6), (6.2, 4.6, 7.0)), 2.0
    )
    curls = np.sin(3.3 * x + 0.6 * y) * np.sin(3.3 * y + 0.5) * np.sin(3.3 * z + 0.4 * x)
    return np.asarray(d - 0.12 * curls * np.clip((y - 3) / 4, 0, 1))


def _crop_cut(points: np.ndarray) -> np.ndarray:
    _, y, z = points.T
    temple = ellipsoid(points, (0, 1.3, 12.0), (7.2, 6.8, 8.3))
    below = y + 1.2 - 0.30 * (z + 4.0) - 1.6 * soft_step((z + 2.5) / 3.0)
    return joined(temple, below * 0.9, 1.5)


CROP = Cover(_crop, _crop_cut, (0.0, -0.75, 0.65), (0.0, 4.0, -2.2))
"""Short curls."""


def _beanie(points: np.ndarray) -> np.ndarray:
    x, y, z = points.T
    around = np.arctan2(x, z + 1)
    tilted = y - 0.9 + 0.16 * (z + 1)
    ribs = 0.06 * np.cos(36 * around) * np.clip((13.5 - y) / 4, 0, 1)
    d = ellipsoid(points, (0, 5.6, -1.4), (8.4, 8.6, 9.4)) + ribs
    fold = np.maximum(ellipsoid(points, (0, 5.6, -1.3), (8.85, 9.3, 9.85)) + ribs, np.abs(tilted - 5.8) - 1.45)
    return joined(d, fold, 0.35)


def _beanie_cut(points: np.ndarray) -> np.ndarray:
    return np.asarray(points[:, 1] - 0.9 + 0.16 * (points[:, 2] + 1) - 4.5)


BEANIE = Cover(_beanie, _beanie_cut, (0.0, -1.0, 0.12), (0.0, 7.0, -2.0))
"""A knitted cap with a folded band."""


def shell(cover: Cover, colours: tuple[Colour, Colour], gloss: Gloss = HAIR_GLOSS) -> Part:
    """The surface of a cover, its edge rounded and turned in; streaks of two colours."""
    middle = np.array(cover.middle)
    turn, hem = _columns(cover)
    share = np.linspace(0, 1, _ROWS)[:, None] ** 1.35
    rays = _rays(cover.opening, hem + (np.pi - _POLE - hem) * share, turn)
    points = _struck(cover.solid, middle, rays)
    first, ray = points[0], rays[0]
    inwards = points[0] - points[2]
    inwards /= np.linalg.norm(inwards, axis=1, keepdims=True)
    rim = [first - depth * ray + out * inwards for depth, out in ((2.4, 0.10), (1.0, 0.22), (0.35, 0.20), (0.10, 0.10))]
    grid = np.concatenate([np.stack(rim), points])
    streak = 0.5 + 0.5 * np.sin(grid[..., 1] * 0.45 - 1.0)
    made = grid_part(grid, blend(*colours, streak), gloss, closed=True)
    a, b, c = (made.points[made.faces[:, corner]] for corner in range(3))
    outwards = np.einsum("fd,fd->f", np.cross(b - a, c - a), a - middle).sum() > 0
    return made if outwards else replace(made, faces=made.faces[:, ::-1])


def _columns(cover: Cover) -> tuple[np.ndarray, np.ndarray]:
    """The turn of each column about the opening, and its hem: closer together where the hem runs straight away."""
    turn = 2 * np.pi * np.arange(_PLACES + 1) / _PLACES
    hem = _hem(cover, turn)
    along = np.diff(turn) * np.sin((hem[1:] + hem[:-1]) / 2)
    way = np.append(0.0, np.cumsum(np.hypot(np.diff(hem), along)))
    place = _BY_WAY * way / way[-1] + (1 - _BY_WAY) * turn / turn[-1]
    even = np.arange(_COLUMNS) / _COLUMNS
    return np.interp(even, place, turn), np.interp(even, place, hem)


def _hem(cover: Cover, turn: np.ndarray) -> np.ndarray:
    """How far from the opening's direction the cut ends [rad], for each turn about it."""
    away = np.linspace(0.05, np.pi - 0.1, 140)[:, None] + 0 * turn
    points = _struck(cover.solid, np.array(cover.middle), _rays(cover.opening, away, turn))
    inside = cover.cut(points.reshape(-1, 3)).reshape(away.shape)
    last = len(away) - 1 - np.argmax(inside[::-1] < 0, axis=0)
    last = np.clip(last, 0, len(away) - 2)
    column = np.arange(len(turn))
    below, above = inside[last, column], inside[last + 1, column]
    step = away[1, 0] - away[0, 0]
    return np.asarray(away[last, column] + step * np.clip(-below / (above - below), 0, 1))


def _rays(opening: tuple[float, float, float], away: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Unit directions (..., columns, 3): `away` from the opening's direction, turned about it."""
    ahead = np.array(opening) / np.linalg.norm(opening)
    side = np.array([1.0, 0.0, 0.0])
    up = np.cross(ahead, side)
    round_about = np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * up
    return np.asarray(np.cos(away)[..., None] * ahead + np.sin(away)[..., None] * round_about)


def _struck(solid: Form, middle: np.ndarray, rays: np.ndarray) -> np.ndarray:
    flat = rays.reshape(-1, 3)
    outside: Callable[[np.ndarray], np.ndarray] = lambda at: -solid(at)  # noqa: E731
    return struck(outside, np.broadcast_to(middle, flat.shape), flat, rounds=50).reshape(rays.shape)
