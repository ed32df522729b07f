"""Posed surfaces in space, ready to be drawn; several can be put together into one.

V vertices, F triangles. Space: metres, y up; a mesh on its own has x to its own left and z ahead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, eq=False)
class PosedMesh:
    """`points` (V, 3) [m], `normals` (V, 3) unit, `faces` (F, 3) counter-clockwise from outside.

    `surface` (V, 7): linear colour (3), openness to the sky, and the gloss of `people.parts`, all in [0, 1]; `lit`
    (V,) is the share of the key light that arrives.
    """

    points: np.ndarray
    normals: np.ndarray
    surface: np.ndarray
    lit: np.ndarray
    faces: np.ndarray

    def moved(self, turn: np.ndarray, shift: np.ndarray) -> PosedMesh:
        """Turned by the matrix `turn` (3, 3), then shifted by `shift` (3,) [m]."""
        turn = np.asarray(turn, np.float32)
        points = self.points @ turn.T + np.asarray(shift, np.float32)
        return replace(self, points=points, normals=self.normals @ turn.T)

    def dimmed(self, share: float) -> PosedMesh:
        """With colours and gloss that give back only a share of the light."""
        factor = np.ones(self.surface.shape[1], np.float32)
        factor[[0, 1, 2, 4]] = share
        return replace(self, surface=self.surface * factor)


def joined(meshes: Sequence[PosedMesh]) -> PosedMesh:
    """Several meshes as one, so that the nearer hides the farther."""
    if len(meshes) == 1:
        return meshes[0]
    starts = np.cumsum([0] + [len(each.points) for each in meshes[:-1]])
    return PosedMesh(
        np.concatenate([each.points for each in meshes]),
        np.concatenate([each.normals for each in meshes]),
        np.concatenate([each.surface for each in meshes]),
        np.concatenate([each.lit for each in meshes]),
        np.concatenate([each.faces + start for each, start in zip(meshes, starts, strict=True)]),
    )
