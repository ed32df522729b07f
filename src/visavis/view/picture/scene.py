"""One posed head -> a picture: camera, lamps, shadows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.view.people.head import HEAD, Head, rotation
from visavis.view.people.loops import skin_net
from visavis.view.people.openness import reached
from visavis.view.people.parts import soft_step
from visavis.view.people.skin import gather
from visavis.view.picture.raster import Light, Raster, vertex_normals


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

    def project(self, points: np.ndarray, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Vertices (V, 3) [m] -> pixels and nearness (V, 3); and the camera's turn (3, 3)."""
        turn = rotation(self.yaw, self.pitch, 0.0)
        seen = (points - [0.0, self.middle, 0.0]) @ turn.T
        scale = height / self.span * self.distance / (self.distance - seen[:, 2])
        return np.stack([width / 2 + seen[:, 0] * scale, height / 2 - seen[:, 1] * scale, seen[:, 2]], -1), turn


class Portrait:
    """Draws one head into pictures of (height, width) pixels."""

    def __init__(self, head: Head, height: int, width: int, camera: Camera | None = None) -> None:
        self.head, self.camera = head, camera or Camera()
        self._raster = Raster(height, width)
        self._around = gather(skin_net())
        self._surface = np.concatenate([head.colours**2, head.openness[:, None], head.gloss], axis=1, dtype=np.float32)

    def draw(self, weights: np.ndarray, turn: np.ndarray, gaze: np.ndarray, background: np.ndarray) -> np.ndarray:
        """The head (see `Head.posed`) over `background` (H, W, 3) uint8, as a new picture (H, W, 3) uint8."""
        head, camera = self.head, self.camera
        points = head.posed(weights, turn, gaze)
        normals = vertex_normals(points, head.faces)
        lit = reached(points, normals, head.faces, STUDIO.key)
        ending = soft_step((normals @ STUDIO.key + 0.05) / 0.35)
        lit = self._softened(1 + 0.8 * ending * (lit - 1))
        surface = self._surface.copy()
        self._shade_eyes(points, turn, surface, lit)
        placed, seen_from = camera.project(points, self._raster.height, self._raster.width)
        normals = normals @ seen_from.T.astype(np.float32)
        return self._raster.draw(placed, normals, surface, lit, head.faces, STUDIO, background)

    def _softened(self, lit: np.ndarray) -> np.ndarray:
        """Light on the skin with the edges of shadows spread to their neighbours."""
        around = self._around
        count = len(around.table)
        for _ in range(3):
            lit[:count] = 0.4 * lit[:count] + 0.6 * (lit[around.table] * around.share).sum(axis=1)
        return lit

    def _shade_eyes(self, points: np.ndarray, turn: np.ndarray, surface: np.ndarray, lit: np.ndarray) -> None:
        """The upper lids shade the eyeballs just below them, wherever the lids are; eyes have no cast shadows."""
        head = self.head
        back = rotation(*map(float, turn))
        place = np.array(head.joints[HEAD].place)
        for name, lid in (("left eye", "left lashes"), ("right eye", "right lashes")):
            centre = (points[head.parts[name]].mean(axis=0) - place) @ back
            edge = (points[head.parts[lid]].reshape(3, -1, 3)[0] - place) @ back - centre
            ball = (points[head.parts[name]] - place) @ back - centre
            middle = edge[np.argsort(edge[:, 1])[-7:]].mean(axis=0)
            lid_up = np.arctan2(middle[1], middle[2])
            up = np.arctan2(ball[:, 1], np.maximum(ball[:, 2], 1e-6))
            under = soft_step((lid_up - up) / np.radians(24.0))
            side = soft_step((np.radians(62.0) - np.abs(np.arctan2(ball[:, 0], ball[:, 2]))) / np.radians(30.0))
            surface[head.parts[name], 3] = (0.35 + 0.65 * under) * (0.45 + 0.55 * side)
            lit[head.parts[name]] = 1.0
