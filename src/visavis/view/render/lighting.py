"""Shadows of one lamp on a posed surface, quickly: `people.openness.reached` for every picture of a film.

V vertices, F triangles.
"""

from __future__ import annotations

import numpy as np

from visavis.view.people.surface_parts import soft_step
from visavis.view.render.raster import depth_map, free_share

_SIDE, _BLUR = 288, 2
_STRENGTH = 0.8


def lamplight(points: np.ndarray, normals: np.ndarray, faces: np.ndarray, ray: np.ndarray) -> np.ndarray:
    """The share (V,) of a lamp's light, from the direction `ray` (3,), that arrives at vertices (V, 3) [m].

    Shadows have soft edges, end softly where the light grazes, and leave a fifth of the light.
    """
    ray = np.asarray(ray, np.float64)
    across = np.cross([0.0, 1.0, 0.0] if abs(ray[1]) < 0.9 else [1.0, 0.0, 0.0], ray)
    across /= np.linalg.norm(across)
    seen = points @ np.stack([across, np.cross(ray, across), ray]).T.astype(np.float32)
    low, high = seen[:, :2].min(axis=0), seen[:, :2].max(axis=0)
    scale = (_SIDE - 4) / float((high - low).max())
    placed = np.empty_like(seen)
    placed[:, 0], placed[:, 1] = 2 + (seen[:, 0] - low[0]) * scale, 2 + (high[1] - seen[:, 1]) * scale
    placed[:, 2] = seen[:, 2]
    facing = normals @ ray.astype(np.float32)
    lifted = seen[:, 2] + (1.5 / scale + 0.001) + 0.005 * np.clip(1.2 - facing, 0, 1.2)
    free = free_share(depth_map(placed, faces, _SIDE), placed, lifted, _BLUR)
    return np.asarray(1 + _STRENGTH * soft_step((facing + 0.05) / 0.35) * (free - 1))
