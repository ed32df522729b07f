"""Clay: solid forms as distances, which grow together smoothly, and points that are brought onto their surface.

P points are (P, 3). A distance (P,) is negative inside. For ellipsoids it is close to the true one near the surface.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Form = Callable[[np.ndarray], np.ndarray]
"""Points (P, 3) -> distances (P,)."""


def ellipsoid(points: np.ndarray, centre: tuple[float, float, float], radii: tuple[float, float, float]) -> np.ndarray:
    """Distance from an ellipsoid."""
    offset = points - np.array(centre)
    far = np.linalg.norm(offset / np.array(radii), axis=1)
    steep = np.linalg.norm(offset / np.square(radii), axis=1)
    return np.asarray(far * (far - 1) / np.maximum(steep, 1e-9))


def rod(points: np.ndarray, start: tuple[float, ...], stop: tuple[float, ...], first: float, last: float) -> np.ndarray:
    """Distance from a rod with round ends whose radius goes from `first` to `last`."""
    a, along = np.array(start), np.array(stop) - np.array(start)
    share = np.clip((points - a) @ along / (along @ along), 0, 1)
    return np.asarray(np.linalg.norm(points - a - share[:, None] * along, axis=1) - first - (last - first) * share)


def joined(a: np.ndarray, b: np.ndarray, width: float) -> np.ndarray:
    """Both forms, the seam between them filled over about `width`."""
    h = np.maximum(width - np.abs(a - b), 0) / width
    return np.asarray(np.minimum(a, b) - h * h * width / 4)


def carved(a: np.ndarray, b: np.ndarray, width: float) -> np.ndarray:
    """The first form without the second, the edge rounded over about `width`."""
    return -joined(-a, b, width)


def gradient(form: Form, points: np.ndarray) -> np.ndarray:
    """The direction (P, 3) in which the distance grows, times how fast."""
    step = 1e-3
    corners = np.array([[1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]], dtype=float)
    values = form((points[None] + step * corners[:, None]).reshape(-1, 3)).reshape(4, -1)
    return np.asarray(np.einsum("cp,cd->pd", values, corners) / (4 * step))


def directed(form: Form, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The unit direction (P, 3) in which the distance grows, and how fast (P,), at least 0.2."""
    slope = gradient(form, points)
    steep = np.maximum(np.sqrt((slope * slope).sum(axis=1)), 0.2)
    return slope / steep[:, None], steep


def onto(form: Form, points: np.ndarray, rounds: int = 3) -> np.ndarray:
    """Points brought onto the surface along the gradient."""
    for _ in range(rounds):
        slope, steep = directed(form, points)
        points = points - slope * (form(points) / steep)[:, None]
    return points


def struck(form: Form, start: np.ndarray, towards: np.ndarray, rounds: int = 40) -> np.ndarray:
    """Where rays from points (P, 3) along unit directions (P, 3) meet the surface, marching by distance."""
    travelled = np.zeros(len(start))
    for _ in range(rounds):
        travelled = travelled + 0.9 * form(start + travelled[:, None] * towards)
    return np.asarray(start + travelled[:, None] * towards)
