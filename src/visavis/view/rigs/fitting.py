"""Whether the arrays of a head hold numbers, name vertices that are there, and are no flat thing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from visavis.data.broken import BrokenFile, shown

_LARGEST = np.float64(1e9)


def require_numbers(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Raises `BrokenFile` for the first array that holds anything but real numbers of a head's size, naming it."""
    for name, array in arrays.items():
        if array.dtype.kind not in "iuf":
            raise BrokenFile(path, f"{name} holds {shown(str(array.dtype))} values", "write real numbers")
        bad = np.argwhere(~(np.abs(array) <= _LARGEST))
        if len(bad):
            where = ", ".join(map(str, bad[0].tolist()))
            problem = f"{name} holds {len(bad)} values that are NaN, infinite or beyond 1e9, the first at ({where})"
            raise BrokenFile(path, problem, "copy it again")


def require_faces(path: Path, name: str, faces: np.ndarray, vertices: int) -> None:
    """Raises `BrokenFile` where faces (F, n) do not name vertices 0 to `vertices` - 1."""
    if faces.size and not 0 <= faces.min() <= faces.max() < vertices:
        problem = f"{name} names the vertices {faces.min()} to {faces.max()}, there are 0 to {vertices - 1}"
        raise BrokenFile(path, problem, "copy it again")


def require_extent(path: Path, name: str, vertices: np.ndarray) -> None:
    """Raises `BrokenFile` where vertices (V, 3) are none, or have no width or no height."""
    span = np.ptp(vertices, axis=0) if len(vertices) else np.zeros(3)
    if not np.all(span[:2] > 0):
        told = " x ".join(f"{axis:g}" for axis in span)
        raise BrokenFile(path, f"its {len(vertices)} {name} span {told}, which is no head", "copy it again")
