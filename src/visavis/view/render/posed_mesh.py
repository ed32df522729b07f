"""Posed surfaces in space, ready to be drawn; several can be put together into one.

V vertices, F triangles. Space: metres, y up; a figure on its own has x to its own left and z ahead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, eq=False)
class Figure:
    """`points` (V, 3) [m], `normals` (V, 3) unit, `faces` (F, 3) counter-clockwise from outside.

    `surface` (V, 7): linear colour (3), openness to the sky, and the gloss of `people.parts`, all in [0, 1]; `lit`
    (V,) is the share of the key light that arrives.
    """

    points: np.ndarray
    normals: np.ndarray
    surface: np.ndarray
    lit: np.ndarray
    faces: np.ndarray

    def moved(self, turn: np.ndarray, shift: np.ndarray) -> Figure:
        """Turned by the matrix `turn` (3, 3), then shifted by `shift` (3,) [m]."""
        turn = np.asarray(turn, np.float32)
        points = self.points @ turn.T + np.asarray(shift, np.float32)
        return replace(self, points=points, normals=self.normals @ turn.T)


def together(figures: Sequence[Figure]) -> Figure:
    """Several figures as one, so that the nearer hides the farther."""
    if len(figures) == 1:
        return figures[0]
    starts = np.cumsum([0] + [len(each.points) for each in figures[:-1]])
    return Figure(
        np.concatenate([each.points for each in figures]),
        np.concatenate([each.normals for each in figures]),
        np.concatenate([each.surface for each in figures]),
        np.concatenate([each.lit for each in figures]),
        np.concatenate([each.faces + start for each, start in zip(figures, starts, strict=True)]),
    )
