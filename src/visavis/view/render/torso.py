"""What is below a bust: in a room nobody ends in mid-air.

V vertices, F triangles, R vertices of the lowest open edge. Space: x to the own left, y up, z ahead, eyes at y = 0 [m].
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from visavis.view.people.surface_parts import grid_faces, soft_step
from visavis.view.raster import vertex_normals
from visavis.view.render.posed_mesh import PosedMesh, joined

_LOWEST = 0.2
"""A bust ends in an open edge within this share of its height from below."""
_CHEST = 0.4
"""Where a bust is widest within this share, the torso hangs straight down."""
_SECTORS = 72
_BUST = -0.18
"""Who reaches lower than this [m] has a neck and shoulders; others are put on a neck."""
_NECK_RADIUS, _NECK_TOP, _NECK_BACK = 0.050, -0.06, -0.03
_ROUND = 40
_OPEN = 0.9
"""How much of the sky a torso and a neck see."""
_SEAM = 0.05
"""Over this height [m] the light on a bust becomes that on the torso below."""
_PROFILE = np.array(
    [
        (0.00, 1.00, 1.00),
        (0.03, 1.02, 1.05),
        (0.06, 1.06, 1.13),
        (0.10, 1.12, 1.24),
        (0.16, 1.18, 1.35),
        (0.24, 1.21, 1.42),
        (0.36, 1.20, 1.44),
    ]
)
"""How far below where a bust is widest [m] a body is how much wider and deeper: upper arms, chest, waist."""


class Torso:
    """Makes a bust with vertices (V, 3) [m] at rest and triangles (F, 3) go on downwards for `length` [m]."""

    def __init__(self, rest: np.ndarray, faces: np.ndarray, length: float) -> None:
        self._length = length
        self._rim, edges = _lowest_edge(rest, faces)
        self._hangs = float(rest[:, 1].min()) < _BUST and len(self._rim) > 0
        self._out = _straightened(rest, self._rim) - rest if self._hangs else np.zeros_like(rest)
        low = float(rest[:, 1].min())
        reached = _widest_height(rest) - low if self._hangs else 0.0
        drops = _PROFILE[:, 0] - reached
        drops = np.append(drops[(drops > 0.01) & (drops < length)], length)
        stretched = _profile(drops + reached) / _profile(np.array([reached]))
        self._rings = np.concatenate([drops[:, None], stretched], axis=1).astype(np.float32)
        self._pushed = np.flatnonzero(self._out.any(axis=1))
        self._share = self._torso_share(rest)
        self._faces = np.concatenate([faces, *self._walls(edges, len(rest))]).astype(np.int32)

    def below(self, mesh: PosedMesh) -> PosedMesh:
        """A posed mesh with its torso."""
        if not self._hangs:
            return joined([mesh, _neck(mesh, self._length)])
        points = mesh.points + self._out
        rim = points[self._rim]
        middle = (rim.min(axis=0) + rim.max(axis=0)) / 2
        about = rim - middle
        lower = [middle + about * [wide, 1, deep] - [0, drop, 0] for drop, wide, deep in self._rings]
        points = np.concatenate([points, *lower]).astype(np.float32)
        surface, lit, share = mesh.surface.copy(), mesh.lit.copy(), self._share
        surface[self._pushed, 3] += share * (_OPEN - surface[self._pushed, 3])
        lit[self._pushed] += share * (1 - lit[self._pushed])
        hanging, count = surface[self._rim], len(self._rings)
        hanging[:, 3] = _OPEN
        return replace(
            mesh,
            points=points,
            normals=vertex_normals(points, self._faces),
            surface=np.concatenate([surface, *[hanging] * count]),
            lit=np.concatenate([lit, np.ones(count * len(self._rim), np.float32)]),
            faces=self._faces,
        )

    def _torso_share(self, rest: np.ndarray) -> np.ndarray:
        """How far the light on each pushed vertex is the torso's: 0 where the torso begins, 1 well below."""
        heights = rest[self._pushed, 1]
        return soft_step((heights.max(initial=-np.inf) - heights) / _SEAM).astype(np.float32)

    def _walls(self, edges: np.ndarray, count: int) -> list[np.ndarray]:
        """Triangles between the bust's lowest edge and each ring below it."""
        first, second, ring = edges[:, 0], edges[:, 1], len(self._rim)
        above, walls = self._rim, []
        for k in range(len(self._rings)):
            below = count + k * ring + np.arange(ring)
            walls += [
                np.stack([above[second], above[first], below[first]], axis=1),
                np.stack([above[second], below[first], below[second]], axis=1),
            ]
            above = below
        return walls


def _lowest_edge(rest: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (R,) of the open edges near the bottom, and these edges (N, 2) as places in (R,), as triangles run."""
    directed = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).astype(np.int64)
    ordered = np.sort(directed, axis=1)
    _, at, uses = np.unique(ordered[:, 0] * len(rest) + ordered[:, 1], return_index=True, return_counts=True)
    edges = directed[at[uses == 1]]
    low, high = float(rest[:, 1].min()), float(rest[:, 1].max())
    edges = edges[(rest[edges, 1] < low + _LOWEST * (high - low)).all(axis=1)]
    rim, places = np.unique(edges, return_inverse=True)
    return rim, places.reshape(-1, 2)


def _widest_height(rest: np.ndarray) -> float:
    """How high [m] a bust is widest below its neck."""
    chest, middle = _chest(rest)
    radius = np.hypot(*(rest[chest] - middle)[:, [0, 2]].T)
    return float(rest[chest][np.argmax(radius), 1])


def _chest(rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The vertices (V,) bool of the chest, and its middle (3,)."""
    low, high = float(rest[:, 1].min()), float(rest[:, 1].max())
    chest = rest[:, 1] < low + _CHEST * (high - low)
    return chest, (rest[chest].min(axis=0) + rest[chest].max(axis=0)) / 2


def _profile(drops: np.ndarray) -> np.ndarray:
    """How much wider and deeper (n, 2) a body is so far below where its bust is widest."""
    return np.stack([np.interp(drops, _PROFILE[:, 0], factor) for factor in _PROFILE[:, 1:].T], axis=1)


def _straightened(rest: np.ndarray, rim: np.ndarray) -> np.ndarray:
    """The vertices (V, 3) with the chest below its widest height as wide as there or wider, all round."""
    chest, middle = _chest(rest)
    x, z = (rest[:, axis] - middle[axis] for axis in (0, 2))
    radius, angle = np.hypot(x, z), np.arctan2(x, z)
    reach = _outline(angle[chest], radius[chest], angle)
    rim_is_widest = radius[rim].max() > 0.95 * radius[chest].max()
    height = _widest_height(rest)
    pushed = chest & (rest[:, 1] < height) & (radius > 0.5 * reach) & (not rim_is_widest)
    straight = rest.copy()
    factor = (reach[pushed] / radius[pushed])[:, None] * _profile(height - rest[pushed, 1])
    straight[pushed, 0] = middle[0] + x[pushed] * factor[:, 0]
    straight[pushed, 2] = middle[2] + z[pushed] * factor[:, 1]
    return straight


def _outline(angle: np.ndarray, radius: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """How far points at `radius` (n,) reach at the angles `asked` (m,), smoothly all round."""
    sector = np.floor(angle / (2 * np.pi) * _SECTORS).astype(int) % _SECTORS
    widest = np.zeros(_SECTORS)
    np.maximum.at(widest, sector, radius)
    around = np.concatenate([widest] * 3)
    around = np.max([np.roll(around, by) for by in (-1, 0, 1)], axis=0)
    around = np.convolve(around, np.hanning(13) / np.hanning(13).sum(), "same")
    middles = (np.arange(3 * _SECTORS) + 0.5 - _SECTORS) * 2 * np.pi / _SECTORS
    return np.asarray(np.interp(asked, middles, around))


def _neck(mesh: PosedMesh, length: float) -> PosedMesh:
    """A neck of the same clay for a head that has none."""
    turn = 2 * np.pi * np.arange(_ROUND) / _ROUND
    ring = np.stack([np.sin(turn), 0 * turn, np.cos(turn)], axis=-1)
    points = np.concatenate([_NECK_RADIUS * ring + (0, y, _NECK_BACK) for y in (_NECK_TOP - length, _NECK_TOP)])
    surface = np.tile(np.median(mesh.surface, axis=0), (len(points), 1))
    surface[:, 3] = _OPEN
    return PosedMesh(
        points.astype(np.float32),
        np.tile(ring, (2, 1)).astype(np.float32),
        surface.astype(np.float32),
        np.ones(len(points), np.float32),
        grid_faces(2, _ROUND, closed=True).astype(np.int32),
    )
