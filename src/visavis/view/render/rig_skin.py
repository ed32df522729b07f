"""How somebody's rig is drawn: in its own colours or in clay, at the size of our own heads.

V vertices, F triangles. Space: x to the own left, y up, z ahead; a rig's own metres, or [m] once it is fitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.view.mesh import LEFT_EYE, RIGHT_EYE, Material, Mesh
from visavis.view.people.openness import openness
from visavis.view.people.surface_parts import SKIN_GLOSS, WET, Colour, blend, soft_step
from visavis.view.raster import vertex_normals
from visavis.view.render.lighting import lamplight
from visavis.view.render.posed_mesh import PosedMesh
from visavis.view.rigs.flame import LEFT_EYE as FLAME_LEFT_EYE
from visavis.view.rigs.flame import RIGHT_EYE as FLAME_RIGHT_EYE
from visavis.view.rigs.flame import Flame

CLAY: Colour = (0.84, 0.70, 0.60)
_WHITE: Colour = (0.93, 0.91, 0.89)
_IRIS: Colour = (0.36, 0.44, 0.46)
_PUPIL: Colour = (0.07, 0.06, 0.06)
_MOVES = 0.2
"""The face is what some expression moves by this share or more of what it moves most."""
_FACE_WIDTH, _FACE_MIDDLE = 0.122, np.array([0.0, -0.0356, 0.055])
"""Width [m] and middle [m] of what expressions move in our own heads."""
_NEIGHBOURS = 8


@dataclass(frozen=True, eq=False)
class Anatomy:
    """What a picture needs to know of a rig at rest, besides its triangles.

    `points` (V, 3); `face` (V,) bool: what expressions move; `eyes`: the vertices (n,) of each eyeball; `colours`
    (V, 3) linear, where they are known.
    """

    points: np.ndarray
    face: np.ndarray
    eyes: tuple[np.ndarray, ...] = ()
    colours: np.ndarray | None = None


def anatomy_of_mesh(mesh: Mesh) -> Anatomy:
    """The anatomy of a mesh with named shapes and joints."""
    known = [i for i, name in enumerate(mesh.names) if name in ARKIT_WEIGHTS]
    balls = [j for j, joint in enumerate(mesh.joints) if joint.name in (LEFT_EYE, RIGHT_EYE)]
    eyes = tuple(np.flatnonzero(mesh.following[:, j] > 0.5) for j in balls)
    return Anatomy(mesh.vertices, _moved_most(mesh.offsets[known]), eyes, _colours(mesh))


def anatomy_of_flame(flame: Flame) -> Anatomy:
    """The anatomy of a FLAME head."""
    moved = _moved_most(np.moveaxis(flame.expressions, 2, 0))
    balls = (FLAME_LEFT_EYE, FLAME_RIGHT_EYE)
    eyes = tuple(np.flatnonzero(flame.weights[:, joint] > 0.5) for joint in balls)
    return Anatomy(flame.template.astype(np.float32), moved, eyes)


@dataclass(frozen=True, eq=False)
class Fit:
    """Rig space -> our own heads' space: points are scaled by `scale`, then shifted by `shift` (3,) [m]."""

    scale: float
    shift: np.ndarray

    def applied(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) as float32 [m]."""
        return np.asarray(points * np.float32(self.scale) + self.shift.astype(np.float32), np.float32)


def fitted(anatomy: Anatomy) -> Fit:
    """Puts a rig's face where the faces of our own heads are, as wide as they are."""
    face = anatomy.points[anatomy.face] if anatomy.face.any() else anatomy.points
    low, high = face.min(axis=0).astype(np.float64), face.max(axis=0).astype(np.float64)
    scale = _FACE_WIDTH / max(float(high[0] - low[0]), 1e-9)
    return Fit(scale, _FACE_MIDDLE - scale * (low + high) / 2)


class RigSkin:
    """What of a rig stays the same from picture to picture."""

    def __init__(self, anatomy: Anatomy, faces: np.ndarray) -> None:
        self.fit = fitted(anatomy)
        rest = self.fit.applied(anatomy.points)
        eyes = [eye for eye in anatomy.eyes if len(eye) > 3]
        self.faces = np.ascontiguousarray(_without_shells(rest, faces, eyes), np.int32)
        self._around, self._share = _neighbours(self.faces, len(rest))
        self._surface = self._dressed(rest, anatomy.colours, eyes)
        self.rest = rest

    def posed(self, points: np.ndarray, key: np.ndarray) -> PosedMesh:
        """The rig with its vertices at `points` (V, 3), in its own metres, lit from `key` (3,)."""
        points = self.fit.applied(points)
        normals = vertex_normals(points, self.faces)
        lit = lamplight(points, normals, self.faces, key)
        for _ in range(2):
            lit = 0.4 * lit + 0.6 * self._spread(lit)
        return PosedMesh(points, normals, self._surface, np.asarray(lit, np.float32), self.faces)

    def _dressed(self, rest: np.ndarray, colours: np.ndarray | None, eyes: Sequence[np.ndarray]) -> np.ndarray:
        surface = np.empty((len(rest), 7), np.float32)
        surface[:, :3] = np.square(CLAY) if colours is None else colours
        surface[:, 4:] = SKIN_GLOSS.shine, SKIN_GLOSS.sharp, SKIN_GLOSS.soft
        open_sky = openness(rest, vertex_normals(rest, self.faces), self.faces)
        for _ in range(3):
            open_sky = 0.5 * open_sky + 0.5 * self._spread(open_sky)
        surface[:, 3] = np.clip(open_sky * 1.12, 0.05, 1)
        for eye in eyes:
            if colours is None:
                surface[eye, :3] = np.square(_painted(rest[eye]))
            surface[eye, 3] = np.maximum(surface[eye, 3], 0.75)
            surface[eye, 4:] = 0.5 * WET.shine, WET.sharp, WET.soft
        return surface

    def _spread(self, values: np.ndarray) -> np.ndarray:
        return np.asarray((values[self._around] * self._share).sum(axis=1))


def _moved_most(shapes: np.ndarray) -> np.ndarray:
    """The vertices (V,) bool that shapes (N, V, 3) move much."""
    most = np.zeros(shapes.shape[1])
    for shape in shapes:
        np.maximum(most, np.linalg.norm(shape, axis=1), out=most)
    return np.asarray(most > _MOVES * most.max(initial=0))


def _colours(mesh: Mesh) -> np.ndarray | None:
    if mesh.colours is not None:
        return mesh.colours[:, :3]
    if mesh.materials == (Material(),) or not mesh.materials:
        return None
    assert mesh.material_of is not None
    plain = np.array([material.colour[:3] for material in mesh.materials], np.float32)
    colours = np.tile(plain[:1], (len(mesh.vertices), 1))
    colours[mesh.faces] = plain[mesh.material_of][:, None]
    return colours


def _painted(ball: np.ndarray) -> np.ndarray:
    """Colours (n, 3) of an eyeball: white, with an iris and a pupil straight ahead."""
    ahead, _ = _sphere(ball)
    away = ball - ahead
    angle = np.degrees(np.arccos(np.clip(away[:, 2] / (np.linalg.norm(away, axis=1) + 1e-9), -1, 1)))
    iris = blend(_PUPIL, _IRIS, soft_step((angle - 12) / 4))
    return blend(iris, _WHITE, soft_step((angle - 28) / 5))


def _sphere(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre (3,) and radius of the sphere nearest to points (n, 3): |p|^2 = 2 p.c + k, solved for c and k."""
    at = points.astype(np.float64)
    system = np.concatenate([2 * at, np.ones((len(at), 1))], axis=1)
    solution: np.ndarray = np.linalg.lstsq(system, np.sum(at**2, axis=1), rcond=None)[0]
    return solution[:3], float(np.sqrt(max(float(solution[3] + solution[:3] @ solution[:3]), 0.0)))


def _without_shells(points: np.ndarray, faces: np.ndarray, eyes: Sequence[np.ndarray]) -> np.ndarray:
    """The triangles without loose sheets before the eyes (tears, shadows of lids), which one should see through."""
    piece = _pieces(faces, len(points))
    hidden = np.zeros(len(points), bool)
    for eye in eyes:
        centre, radius = _sphere(points[eye])
        away = np.linalg.norm(points - centre, axis=1) / radius
        stays = np.unique(piece[(away > 1.45) | (points[:, 2] < centre[2])])
        hidden |= ~np.isin(piece, stays) & ~np.isin(piece, np.unique(piece[eye]))
    return np.asarray(faces[~hidden[faces].any(axis=1)])


def _pieces(faces: np.ndarray, count: int) -> np.ndarray:
    """The number of the connected piece that each vertex (V,) belongs to."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]]])
    piece = np.arange(count)
    while True:
        least = np.minimum(piece[edges[:, 0]], piece[edges[:, 1]])
        joined = piece.copy()
        for end in edges.T:
            np.minimum.at(joined, piece[end], least)
        joined = joined[joined]
        if np.array_equal(joined, piece):
            return piece
        piece = joined


def _neighbours(faces: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """A table (V, n) of each vertex's neighbours, and the share (V, n) of each; a lonely vertex has itself."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).astype(np.int64)
    edges = np.unique(np.concatenate([edges, edges[:, ::-1]]), axis=0)
    starts = np.searchsorted(edges[:, 0], np.arange(count + 1))
    table = np.tile(np.arange(count)[:, None], (1, _NEIGHBOURS))
    share = np.zeros((count, _NEIGHBOURS), np.float32)
    for slot in range(_NEIGHBOURS):
        has = starts[:-1] + slot < starts[1:]
        table[has, slot] = edges[starts[:-1][has] + slot, 1]
        share[has, slot] = 1
    share[share.sum(axis=1) == 0, 0] = 1
    return table, share / share.sum(axis=1, keepdims=True)
