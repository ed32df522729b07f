"""Figures -> a picture: camera and lamps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.view.people.head_mesh import Head, rotation
from visavis.view.render.own_body import OwnBody
from visavis.view.render.posed_mesh import Figure, together
from visavis.view.render.raster import Light, Raster


def _towards(x: float, y: float, z: float) -> np.ndarray:
    return np.asarray(np.array([x, y, z]) / np.sqrt(x * x + y * y + z * z))


STUDIO = Light(
    key=_towards(-0.50, 0.62, 0.75),
    key_colour=np.array([1.00, 0.95, 0.89]) * 0.98,
    fill=_towards(0.85, 0.15, 0.55),
    fill_colour=np.array([0.72, 0.84, 1.00]) * 0.30,
    rim=_towards(0.55, 0.45, -0.75),
    rim_colour=np.array([1.00, 0.96, 0.92]) * 0.75,
    sky=np.array([0.62, 0.66, 0.74]) * 0.60,
    ground=np.array([0.58, 0.47, 0.42]) * 0.42,
    window=_towards(-0.20, 0.19, 1.0),
)
"""A warm key from the upper left of the picture, a cool fill, a rim light from behind, and a soft room."""


@dataclass(frozen=True)
class Camera:
    """Looks ahead at height `middle` [m], where the picture is `span` [m] high; `yaw`, `pitch` [rad] turn the heads."""

    middle: float = -0.016
    span: float = 0.325
    distance: float = 1.1
    yaw: float = 0.0
    pitch: float = 0.0

    def turn(self) -> np.ndarray:
        """The matrix (3, 3) from the heads' axes to the picture's: x right, y up, z towards the viewer."""
        return rotation(self.yaw, self.pitch, 0.0)

    def project(self, points: np.ndarray, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Vertices (V, 3) [m] -> pixels and nearness (V, 3); and the camera's turn (3, 3)."""
        turn = self.turn()
        seen = (points - [0.0, self.middle, 0.0]) @ turn.T
        scale = height / self.span * self.distance / (self.distance - seen[:, 2])
        return np.stack([width / 2 + seen[:, 0] * scale, height / 2 - seen[:, 1] * scale, seen[:, 2]], -1), turn


class View:
    """Draws figures into pictures of (height, width) pixels; the lamps stand about the camera."""

    def __init__(self, height: int, width: int, camera: Camera) -> None:
        self.camera = camera
        self._raster = Raster(height, width)

    def draw(self, figures: Sequence[Figure], background: np.ndarray) -> np.ndarray:
        """The figures over `background` (H, W, 3) uint8, as a new picture (H, W, 3) uint8."""
        whole = together(figures)
        placed, turn = self.camera.project(whole.points, self._raster.height, self._raster.width)
        normals = whole.normals @ turn.T.astype(np.float32)
        return self._raster.draw(placed, normals, whole.surface, whole.lit, whole.faces, STUDIO, background)


class Portrait:
    """Draws one of the project's own heads into pictures of (height, width) pixels."""

    def __init__(self, head: Head, height: int, width: int, camera: Camera | None = None) -> None:
        self.body = OwnBody(head)
        self._view = View(height, width, camera or Camera())

    def draw(self, weights: np.ndarray, turn: np.ndarray, gaze: np.ndarray, background: np.ndarray) -> np.ndarray:
        """The head (see `Head.posed`) over `background` (H, W, 3) uint8, as a new picture (H, W, 3) uint8."""
        return self._view.draw([self.body.figure(weights, turn, gaze, STUDIO.key)], background)
