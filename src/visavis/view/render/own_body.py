"""One of the project's own heads: pose -> a mesh, with soft shadows on the skin and lids that shade the eyes."""

from __future__ import annotations

import numpy as np

from visavis.view.people.head_mesh import HEAD, Head, rotation
from visavis.view.people.loops import skin_net
from visavis.view.people.skin import gather
from visavis.view.people.surface_parts import soft_step
from visavis.view.raster import vertex_normals
from visavis.view.render.lighting import lamplight
from visavis.view.render.posed_mesh import PosedMesh


class OwnBody:
    """What of a head stays the same from picture to picture."""

    def __init__(self, head: Head) -> None:
        self.head = head
        self._around = gather(skin_net())
        self._surface = np.concatenate([head.colours**2, head.openness[:, None], head.gloss], axis=1, dtype=np.float32)

    def posed(self, weights: np.ndarray, turn: np.ndarray, gaze: np.ndarray, key: np.ndarray) -> PosedMesh:
        """The head in a pose (see `Head.posed`), lit by a lamp in the direction `key` (3,) of its own space."""
        head = self.head
        points = head.posed(weights, turn, gaze)
        normals = vertex_normals(points, head.faces)
        lit = self._softened(lamplight(points, normals, head.faces, key))
        surface = self._surface.copy()
        self.shade_eyes(points, turn, surface, lit)
        return PosedMesh(points, normals, surface, lit, head.faces)

    def _softened(self, lit: np.ndarray) -> np.ndarray:
        """Light on the skin with the edges of shadows spread to their neighbours."""
        around = self._around
        count = len(around.table)
        for _ in range(3):
            lit[:count] = 0.4 * lit[:count] + 0.6 * (lit[around.table] * around.share).sum(axis=1)
        return lit

    def shade_eyes(self, points: np.ndarray, turn: np.ndarray, surface: np.ndarray, lit: np.ndarray) -> None:
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
