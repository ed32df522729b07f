"""Lighting: the lamps of our pictures, and the shadows that one lamp casts on a posed surface.

V vertices, F triangles.
"""

from __future__ import annotations

import numpy as np

from visavis.view.people.surface_parts import soft_step
from visavis.view.raster import Light, depth_map, free_share

_SIDE, _BLUR = 288, 2
_STRENGTH = 0.8


def _towards(x: float, y: float, z: float) -> np.ndarray:
    return np.asarray(np.array([x, y, z]) / np.sqrt(x * x + y * y + z * z))


STUDIO_LIGHT = Light(
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


def lamplight(points: np.ndarray, normals: np.ndarray, faces: np.ndarray, ray: np.ndarray) -> np.ndarray:
    """The share (V,) of a lamp's light, from the direction `ray` (3,), that arrives at vertices (V, 3) [m].

    `people.openness.reached`, quickly enough for every picture of a film. Shadows have soft edges, end softly where
    the light grazes, and leave a fifth of the light.
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
