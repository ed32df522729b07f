"""The loops of `kernels` that a head needs to be made, on whole arrays at once: for where numba is not installed.

Slower than the compiled loops and equal to the last bit. V vertices, F triangles.
"""

from __future__ import annotations

import numpy as np

from visavis.view.kernels import ON_EDGE


def cover_depths(points: np.ndarray, faces: np.ndarray, side: int) -> np.ndarray:
    """The nearest z (side, side) float32 of the triangles that face the viewer, as `kernels.cover` leaves it.

    `points` (V, 3) float32: x right, y down [pixels], z nearer where larger; `faces` (F, 3).
    """
    nearest = np.full(side * side, -1e9, np.float32)
    x, y, z = (points[faces, axis].astype(np.float64) for axis in range(3))
    x, y = x - 0.5, y - 0.5
    with np.errstate(all="ignore"):
        area = (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0]) - (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0])
    kept = (area > 0) & (area < 1e9) & (y.max(axis=1) >= 0) & (y.min(axis=1) <= side - 1)
    x, y, z = x[kept], y[kept], z[kept] / area[kept, None]
    left, right = _whole(x.min(axis=1), x.max(axis=1), side)
    first, last = _whole(y.min(axis=1), y.max(axis=1), side)
    seen = (left <= right) & (first <= last)
    triangle, row = _ranges(first[seen], last[seen])
    x, y, z, left, right = (one[seen][triangle] for one in (x, y, z, left, right))
    along = y[:, [1, 2, 0]] - y[:, [2, 0, 1]]
    across = x[:, [2, 0, 1]] - x[:, [1, 2, 0]]
    at = across * (row[:, None] - y[:, [1, 2, 0]]) - along * x[:, [1, 2, 0]]
    start, stop = _span(at, along, left, right)
    z_along = -(along[:, 0] * z[:, 0] + along[:, 1] * z[:, 1] + along[:, 2] * z[:, 2])
    height = -(at[:, 0] * z[:, 0] + at[:, 1] * z[:, 1] + at[:, 2] * z[:, 2])
    line, column = _ranges(start, stop)
    depths = (height[line] + z_along[line] * column).astype(np.float32)
    np.maximum.at(nearest, row[line] * side + column, depths)
    return nearest.reshape(side, side)


def normals_of(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals (V, 3) float32, as `kernels.add_normals` leaves them; `points` (V, 3) float32, `faces` (F, 3)."""
    first = points[faces[:, 0]]
    u, v = points[faces[:, 1]] - first, points[faces[:, 2]] - first
    ahead, after = [1, 2, 0], [2, 0, 1]
    turned = u[:, ahead] * v[:, after] - u[:, after] * v[:, ahead]
    normals = np.zeros((len(points), 3), np.float32)
    np.add.at(normals, faces.ravel(), np.repeat(turned, 3, axis=0))
    length = np.sqrt(normals[:, 0] ** 2 + normals[:, 1] ** 2 + normals[:, 2] ** 2)
    flat = ~(length > 1e-12)
    normals[flat, 2], length[flat] = 1.0, 1.0
    return np.asarray(normals / length[:, None])


def _whole(low: np.ndarray, high: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last whole step from `low` to `high` inside the picture."""
    inside = np.clip(np.ceil(low), 0, side), np.clip(np.floor(high), -1, side - 1)
    return inside[0].astype(np.int64), inside[1].astype(np.int64)


def _ranges(first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All whole numbers from first to last of each row, and the row that each belongs to."""
    counts = np.maximum(last - first + 1, 0)
    row = np.repeat(np.arange(len(counts)), counts)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts) + first[row]


def _span(at: np.ndarray, along: np.ndarray, left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last column of a row that lie inside three edges."""
    start, stop = left.astype(np.float64), right.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = at / along
    for edge in range(3):
        one, slope = crossing[:, edge], along[:, edge]
        stop = np.where(slope > 0, np.minimum(stop, ON_EDGE - one), stop)
        start = np.where(slope < 0, np.maximum(start, -ON_EDGE - one), start)
        stop = np.where((slope == 0) & (at[:, edge] > 0), -1.0, stop)
    return np.ceil(start).astype(np.int64), np.floor(stop).astype(np.int64)
