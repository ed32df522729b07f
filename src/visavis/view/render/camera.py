"""Cameras: posed meshes to a picture, seen from one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.view.people.head_mesh import Head, rotation
from visavis.view.raster import Light, Raster
from visavis.view.render.lighting import STUDIO_LIGHT
from visavis.view.render.own_body import OwnBody
from visavis.view.render.posed_mesh import PosedMesh, joined


@dataclass(frozen=True)
class Camera:
    """Looks ahead at height `middle` [m], where the picture is `span` [m] high.

    `yaw` and then `pitch` [rad] turn the heads.
    """

    middle: float = -0.016
    span: float = 0.325
    distance: float = 1.1
    yaw: float = 0.0
    pitch: float = 0.0

    def turn(self) -> np.ndarray:
        """The matrix (3, 3) from the heads' axes to the picture's: x right, y up, z towards the viewer."""
        turn: np.ndarray = rotation(0.0, self.pitch, 0.0) @ rotation(self.yaw, 0.0, 0.0)
        return turn

    def project(self, points: np.ndarray, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Vertices (V, 3) [m] -> pixels and nearness (V, 3); and the camera's turn (3, 3)."""
        turn = self.turn()
        seen = (points - [0.0, self.middle, 0.0]) @ turn.T
        scale = height / self.span * self.distance / (self.distance - seen[:, 2])
        return np.stack([width / 2 + seen[:, 0] * scale, height / 2 - seen[:, 1] * scale, seen[:, 2]], -1), turn


class View:
    """Draws meshes into pictures of (height, width) pixels; the lamps of `light` stand about the camera."""

    def __init__(self, height: int, width: int, camera: Camera, light: Light | None = None) -> None:
        self.camera = camera
        self.light = STUDIO_LIGHT if light is None else light
        self._raster = Raster(height, width)

    def draw(self, meshes: Sequence[PosedMesh], background: np.ndarray) -> np.ndarray:
        """The meshes over `background` (H, W, 3) uint8, as a new picture (H, W, 3) uint8."""
        whole = joined(meshes)
        placed, turn = self.camera.project(whole.points, self._raster.height, self._raster.width)
        normals = whole.normals @ turn.T.astype(np.float32)
        return self._raster.draw(placed, normals, whole.surface, whole.lit, whole.faces, self.light, background)


class Portrait:
    """Draws one of the project's own heads into pictures of (height, width) pixels."""

    def __init__(self, head: Head, height: int, width: int, camera: Camera | None = None) -> None:
        self.body = OwnBody(head)
        self._view = View(height, width, camera or Camera())

    def draw(self, weights: np.ndarray, turn: np.ndarray, gaze: np.ndarray, background: np.ndarray) -> np.ndarray:
        """The head (see `Head.posed`) over `background` (H, W, 3) uint8, as a new picture (H, W, 3) uint8."""
        return self._view.draw([self.body.posed(weights, turn, gaze, STUDIO_LIGHT.key)], background)
