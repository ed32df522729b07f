"""A part of the head: a surface with its colours, and the grids such surfaces are made of."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

Colour = tuple[float, float, float]
"""Red, green, blue in [0, 1] as seen on a screen."""


@dataclass(frozen=True)
class Gloss:
    """How a surface shines: strength and sharpness of its highlight, and how softly light ends on it, all 0 ... 1."""

    shine: float
    sharp: float
    soft: float


SKIN_GLOSS = Gloss(0.10, 0.22, 1.0)
LIP_GLOSS = Gloss(0.22, 0.42, 0.8)
WET = Gloss(1.0, 1.0, 0.3)
TOOTH_GLOSS = Gloss(0.35, 0.6, 0.6)
HAIR_GLOSS = Gloss(0.14, 0.30, 0.25)
CLOTH_GLOSS = Gloss(0.03, 0.1, 0.4)


@dataclass(frozen=True, eq=False)
class Part:
    """`points` (N, 3) [cm], `faces` (F, 3) counter-clockwise from outside, `colours` (N, 3) and `uv` (N, 2) in 0 ... 1.

    `gloss` (N, 3): shine, sharpness and softness.
    """

    points: np.ndarray
    faces: np.ndarray
    colours: np.ndarray
    gloss: np.ndarray
    uv: np.ndarray

    def mirrored(self) -> Part:
        """The same on the other side."""
        return replace(self, points=self.points * [-1, 1, 1], faces=self.faces[:, ::-1], uv=self.uv * [-1, 1] + [1, 0])


def part(points: np.ndarray, faces: np.ndarray, colours: np.ndarray | Colour, gloss: Gloss, uv: np.ndarray) -> Part:
    """A part with one gloss all over, and one colour unless `colours` is (N, 3)."""
    shape = (len(points), 3)
    return Part(
        points,
        faces,
        np.broadcast_to(np.asarray(colours, dtype=float), shape).copy(),
        np.broadcast_to([gloss.shine, gloss.sharp, gloss.soft], shape).copy(),
        uv,
    )


def grid_part(grid: np.ndarray, colours: np.ndarray | Colour, gloss: Gloss, *, closed: bool) -> Part:
    """A grid (rows, columns, 3), rows up and columns to the right seen from outside; `closed` joins its last column."""
    rows, columns = grid.shape[:2]
    if np.ndim(colours) == 3:
        colours = np.asarray(colours).reshape(-1, 3)
    u, v = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, rows))
    uv = np.stack([u, v], -1).reshape(-1, 2)
    return part(grid.reshape(-1, 3), grid_faces(rows, columns, closed=closed), colours, gloss, uv)


def grid_faces(rows: int, columns: int, *, closed: bool) -> np.ndarray:
    """Triangles (F, 3) of a grid taken row by row."""
    index = np.arange(rows * columns).reshape(rows, columns)
    if closed:
        index = np.concatenate([index, index[:, :1]], axis=1)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    return np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])


def merged(parts: list[Part]) -> Part:
    """Several parts as one."""
    starts = np.cumsum([0] + [len(each.points) for each in parts[:-1]])
    return Part(
        np.concatenate([each.points for each in parts]),
        np.concatenate([each.faces + start for each, start in zip(parts, starts, strict=True)]),
        np.concatenate([each.colours for each in parts]),
        np.concatenate([each.gloss for each in parts]),
        np.concatenate([each.uv for each in parts]),
    )


def soft_step(x: np.ndarray | float) -> np.ndarray:
    """0 below 0, 1 above 1 and a soft step in between."""
    x = np.clip(x, 0.0, 1.0)
    return np.asarray(x * x * (3 - 2 * x))


def blend(a: np.ndarray | Colour, b: np.ndarray | Colour, share: np.ndarray | float) -> np.ndarray:
    """From `a` (share 0) to `b` (share 1); colours (..., 3) and a share (...)."""
    return np.asarray(np.asarray(a) + (np.asarray(b) - np.asarray(a)) * np.asarray(share)[..., None])
