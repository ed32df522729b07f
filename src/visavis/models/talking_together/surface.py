"""What motion does to a face's vertices, in squares: enough for the error of their velocity, and a few numbers large.

A vertex p of a head lies at R (p + sum of weight x shape) + translation. The mean square over all vertices of an error
that is linear in the shapes needs their mean products alone, and one of the rotation the mean products of the places
at rest. The shipped numbers are those of the project's own head (skin, in metres, from the middle of the eyes);
`tests/models/talking_together/test_surface.py` makes them anew. Another rig's are made the same way.

Shapes: N weights, (...) any axes.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

OWN_HEAD = Path(__file__).parents[2] / "assets" / "surfaces" / "own_head.safetensors"


@dataclass(frozen=True, eq=False)
class Surface:
    """shapes (N, N): mean products of the shapes of each two weights, in the order of `ARKIT_WEIGHTS`. places (3, 3)
    and centre (3,): mean products, and mean, of the vertices at rest, seen from where `translation` says the head is.
    All in mm."""

    shapes: Tensor
    places: Tensor
    centre: Tensor

    @staticmethod
    def of(points: np.ndarray, shapes: np.ndarray) -> Surface:
        """Of vertices at rest (V, 3) and their displacements by each weight (N, V, 3), in metres."""
        points, shapes = 1000 * points.astype(np.float64), 1000 * shapes.astype(np.float64).reshape(len(shapes), -1)
        made = shapes @ shapes.T / len(points), points.T @ points / len(points), points.mean(axis=0)
        return Surface(*(torch.from_numpy(array.astype(np.float32)) for array in made))

    def shape_square(self, weights: Tensor) -> Tensor:
        """Mean square (...) [mm^2] of how far vertices move by weights (..., N)."""
        return ((weights @ self.shapes.to(weights)) * weights).sum(-1)

    def turn_square(self, matrix: Tensor, shift: Tensor) -> Tensor:
        """Mean square (...) [mm^2] of matrix p + shift over the vertices p at rest; shifts (..., 3) in mm."""
        turned = ((matrix @ self.places.to(matrix)) * matrix).sum((-2, -1))
        return turned + 2 * ((matrix @ self.centre.to(matrix)) * shift).sum(-1) + shift.square().sum(-1)


@functools.cache
def own_head() -> Surface:
    """The surface of the project's own head."""
    return Surface(**load_file(OWN_HEAD))
