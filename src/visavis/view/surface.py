"""Curved surfaces as triangles, and the skull's surface on which the features of the face are drawn.

Head space: x to the right of the picture (the person's own left), y up, z towards the viewer; the face is about two
units wide and two and a half high, its middle between the eyes. A grid of points is (rows, columns, 3), its rows going
up and its columns to the right as seen from outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from visavis.view.looks import soft_step

WIDTH, HEIGHT, FRONT, BACK = 0.95, 1.24, 0.95, 1.02
_BOXY = 2.25
"""The skull is a superellipsoid of this exponent: 2 is an ellipsoid, more is boxier."""


@dataclass(frozen=True, eq=False)
class Part:
    """A surface: `points` (N, 3) with outward unit `normals` (N, 3) and triangles `faces` (F, 3) of point numbers.

    `follow`, a number or (N, 1), says how far points turn with the head; `strength`, a number or (N, 1), darkens;
    `shapes` are displacements (N, 3) of the points, added in by weight.
    """

    points: np.ndarray
    normals: np.ndarray
    faces: np.ndarray
    follow: np.ndarray | float = 1.0
    strength: np.ndarray | float = 1.0
    shapes: Mapping[str, np.ndarray] = field(default_factory=dict)

    def shaped(self, weights: Mapping[str, float]) -> np.ndarray:
        """The points (N, 3) with its shapes added in."""
        points = self.points
        for name, shape in self.shapes.items():
            if weights[name]:
                points = points + weights[name] * shape
        return points


def part(
    grid: np.ndarray,
    *,
    hidden: np.ndarray | None = None,
    follow: np.ndarray | float = 1.0,
    strength: np.ndarray | float = 1.0,
    shapes: Mapping[str, np.ndarray] | None = None,
) -> Part:
    """A grid as a part, without the triangles all of whose corners are `hidden` (rows, columns) bool.

    `follow` and `strength` are given one a row; `shapes` are displaced grids.
    """
    rows, columns = grid.shape[:2]
    triangles = grid_faces(rows, columns)
    if hidden is not None:
        triangles = triangles[~hidden.reshape(-1)[triangles].all(axis=1)]

    def by_point(values: np.ndarray | float) -> np.ndarray | float:
        return values if isinstance(values, float) else np.repeat(values, columns)[:, None]

    return Part(
        points=grid.reshape(-1, 3),
        normals=_normals(grid).reshape(-1, 3),
        faces=triangles,
        follow=by_point(follow),
        strength=by_point(strength),
        shapes={name: (moved - grid).reshape(-1, 3) for name, moved in (shapes or {}).items()},
    )


def grid_faces(rows: int, columns: int) -> np.ndarray:
    """The triangles of a grid as indices (F, 3) into its points taken row by row, counter-clockwise from outside."""
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    return np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])


def _normals(grid: np.ndarray) -> np.ndarray:
    up, right = np.gradient(grid, axis=(0, 1))
    across = np.cross(right, up)
    return np.asarray(across / np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-9))


def around(columns: int, gathered: float = 0.0) -> np.ndarray:
    """Azimuths (columns + 1,) [rad] once round the head from its back, `gathered` in [0, 1) towards the front."""
    turn = np.linspace(-np.pi, np.pi, columns + 1)
    return np.asarray(turn - gathered * np.sin(turn))


def directions(
    rows: int, azimuth: np.ndarray, lowest: np.ndarray | float = -np.pi / 2, highest: float = np.pi / 2
) -> np.ndarray:
    """Unit vectors (rows, columns, 3) over `azimuth` (columns,) [rad], 0 being ahead and positive the own left.

    Rows go from the `lowest` elevation [rad], one a column or one for all, to the `highest`.
    """
    share = np.linspace(0.002, 0.998, rows)[:, None]
    elevation = lowest + (highest - lowest) * share + 0 * azimuth
    return np.stack(
        [np.cos(elevation) * np.sin(azimuth), np.sin(elevation), np.cos(elevation) * np.cos(azimuth)], axis=-1
    )


def boxy(towards: np.ndarray, exponent: float) -> np.ndarray:
    """Points (..., 3) of a unit superellipsoid in the given directions (..., 3)."""
    return np.asarray(towards / (np.abs(towards) ** exponent).sum(-1, keepdims=True) ** (1 / exponent))


def _taper(y: np.ndarray) -> np.ndarray:
    return 1 - 0.24 * soft_step(-y)


def skull_points(towards: np.ndarray) -> np.ndarray:
    """The neutral skull's points (..., 3) in the given directions (..., 3)."""
    x, y, z = np.moveaxis(boxy(towards, _BOXY), -1, 0)
    depth = np.where(z > 0, FRONT, BACK) * z + 0.2 * soft_step(-y)
    return np.stack([WIDTH * x * _taper(y), HEIGHT * y, depth], axis=-1)


def lift(flat: np.ndarray, out: np.ndarray | float = 0.0) -> np.ndarray:
    """Points (..., 2) drawn on the face as seen from the front -> on the curved face (..., 3), `out` in front of it."""
    y = flat[..., 1] / HEIGHT
    x = flat[..., 0] / (WIDTH * _taper(y))
    inside = np.maximum(1 - np.abs(x) ** _BOXY - np.abs(y) ** _BOXY, 0.0)
    depth = FRONT * inside ** (1 / _BOXY) + 0.2 * soft_step(-y) + out
    return np.stack([flat[..., 0], flat[..., 1], depth], axis=-1)
