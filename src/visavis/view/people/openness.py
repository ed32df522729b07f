"""How open each vertex lies to the sky round about (ambient occlusion), and how much of a lamp's light reaches it."""

from __future__ import annotations

import numpy as np

from visavis.view.raster import depth_map

_SIDE = 320
_MAP = 288


def openness(points: np.ndarray, normals: np.ndarray, faces: np.ndarray, directions: int = 96) -> np.ndarray:
    """The share (V,) of the light of an even sky that arrives, for vertices (V, 3) [m]: 1 in the open, 0 shut in."""
    golden = np.pi * (3 - np.sqrt(5))
    y = 1 - 2 * (np.arange(directions) + 0.5) / directions
    turn = golden * np.arange(directions)
    rays = np.stack([np.sqrt(1 - y * y) * np.cos(turn), y, np.sqrt(1 - y * y) * np.sin(turn)], -1)
    seen, total = np.zeros(len(points)), np.zeros(len(points))
    for ray in rays:
        facing = np.clip(normals @ ray, 0, None)
        seen += facing * reached(points, normals, faces, ray, _SIDE, 0)
        total += facing
    return np.asarray(seen / np.maximum(total, 1e-9))


def reached(
    points: np.ndarray, normals: np.ndarray, faces: np.ndarray, ray: np.ndarray, side: int = _MAP, blur: int = 2
) -> np.ndarray:
    """The share (V,) of a lamp's light, from the direction `ray` (3,), that nothing stands in the way of.

    With `blur` the shadow's edge is soft over as many steps of the map, which has `side` of them across.
    """
    across = np.cross([0.0, 1.0, 0.0] if abs(ray[1]) < 0.9 else [1.0, 0.0, 0.0], ray)
    across /= np.linalg.norm(across)
    axes = np.stack([across, np.cross(ray, across), ray])
    seen = (points @ axes.T).astype(np.float32)
    lifted_by = 0.0025 * np.clip(1.2 - normals @ ray, 0, 1.2)
    low, high = seen[:, :2].min(axis=0), seen[:, :2].max(axis=0)
    scale = (side - 4) / float((high - low).max())
    placed = np.empty_like(seen)
    placed[:, 0], placed[:, 1] = 2 + (seen[:, 0] - low[0]) * scale, 2 + (high[1] - seen[:, 1]) * scale
    placed[:, 2] = seen[:, 2]
    nearest = depth_map(placed, faces, side)
    lifted = placed[:, 2] + 1.5 / scale + 0.001 + 2 * lifted_by
    column, row = placed[:, 0].astype(np.int64), placed[:, 1].astype(np.int64)
    steps = range(-blur, blur + 1)
    free = np.zeros(len(points))
    for down in steps:
        for right in steps:
            at_row, at_column = np.clip(row + 2 * down, 0, side - 1), np.clip(column + 2 * right, 0, side - 1)
            free += nearest[at_row, at_column] < lifted
    return np.asarray(free / len(steps) ** 2)
