"""Rasteriser on the processor: triangles to pixels by a z-buffer with four samples a pixel, lit pixel by pixel.

The one door to numba and threadpoolctl.

Needs neither display nor graphics card nor system libraries. Rows of the picture are shared out to threads; every
pixel is computed by one thread alone, so a picture is the same however many there are. Pictures need numba; normals
and depth maps, which heads are made with, only come sooner with it.

V vertices, F triangles; pictures are (H, W), sample buffers (2 H, 2 W).
"""

from __future__ import annotations

import importlib.util
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from visavis.core.errors import missing_extra
from visavis.view.array_kernels import cover_depths, normals_of
from visavis.view.kernels import add_normals, cover, find_free, shade

THREADS = min(4, os.cpu_count() or 1)
_BANDS = 4
"""The picture is cut into this many bands of rows, which threads take one after the other."""


@dataclass(frozen=True, eq=False)
class Light:
    """Directions (3,) towards the lights and their linear colours (3,); sharp gloss mirrors a light at `window`."""

    key: np.ndarray
    key_colour: np.ndarray
    fill: np.ndarray
    fill_colour: np.ndarray
    rim: np.ndarray
    rim_colour: np.ndarray
    sky: np.ndarray
    ground: np.ndarray
    window: np.ndarray

    def packed(self) -> np.ndarray:
        """The fields as rows (9, 3) float32."""
        rows = (
            *(self.key, self.key_colour, self.fill, self.fill_colour),
            *(self.rim, self.rim_colour, self.sky, self.ground, self.window),
        )
        return np.stack(rows).astype(np.float32)

    def mirrored(self) -> Light:
        """The same lamps with left and right exchanged."""
        across = np.array([-1.0, 1.0, 1.0])
        key, fill, rim, window = (way * across for way in (self.key, self.fill, self.rim, self.window))
        return replace(self, key=key, fill=fill, rim=rim, window=window)


class Raster:
    """A picture of (height, width) pixels into which triangles are drawn. Raises `VisavisError` without numba."""

    def __init__(self, height: int, width: int) -> None:
        self.height, self.width = height, width
        self._kernels = kernels()
        self._nearest = np.empty((2 * height, 2 * width), np.float32)
        self._owner = np.empty((2 * height, 2 * width), np.int32)

    def draw(
        self,
        points: np.ndarray,
        normals: np.ndarray,
        surface: np.ndarray,
        lit: np.ndarray,
        faces: np.ndarray,
        light: Light,
        background: np.ndarray,
    ) -> np.ndarray:
        """Draw triangles over `background` (H, W, 3) uint8; returns a new picture (H, W, 3) uint8.

        `points` (V, 3): x right and y down [pixels], z larger where nearer; `normals` (V, 3) unit, y up; `surface`
        (V, 7); `lit` (V,) is the share of the key light that arrives; `faces` (F, 3) counter-clockwise from outside.
        """
        arrays = [np.ascontiguousarray(array, np.float32) for array in (points, normals, surface, lit)]
        faces = np.ascontiguousarray(faces, np.int32)
        lights, picture = light.packed(), np.empty((self.height, self.width, 3), np.uint8)
        edges = np.linspace(0, self.height, _BANDS + 1).astype(int)

        def band(i: int) -> None:
            low, high = int(edges[i]), int(edges[i + 1])
            self._kernels.cover(arrays[0], faces, 2 * low, 2 * high, self._nearest, self._owner, np.float32(2))
            self._kernels.shade(*arrays, faces, lights, self._owner, background, low, high, picture)

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(band, range(_BANDS)))
        return picture


def depth_map(points: np.ndarray, faces: np.ndarray, side: int) -> np.ndarray:
    """The nearest z (side, side) of triangles in a square picture; `points` as for `Raster.draw`, empty is -1e9."""
    points, faces = np.ascontiguousarray(points, np.float32), np.ascontiguousarray(faces, np.int32)
    if not _is_compiled():
        return cover_depths(points, faces, side)
    nearest, owner = np.empty((side, side), np.float32), np.empty((side, side), np.int32)
    kernels().cover(points, faces, 0, side, nearest, owner, np.float32(1))
    return nearest


def vertex_normals(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals (V, 3) float32 of vertices (V, 3): the area-weighted mean of their triangles' normals."""
    points, faces = np.ascontiguousarray(points, np.float32), np.ascontiguousarray(faces, np.int32)
    if not _is_compiled():
        return normals_of(points, faces)
    normals = np.zeros((len(points), 3), np.float32)
    kernels().normals(points, faces, normals)
    return normals


def free_share(nearest: np.ndarray, placed: np.ndarray, lifted: np.ndarray, blur: int) -> np.ndarray:
    """The share (V,) float32 of a depth map's steps round about each vertex that lie below it.

    `placed` (V, 3) as for `depth_map`; `lifted` (V,) are the depths compared; `blur` steps of two go either way.
    """
    free = np.empty(len(placed), np.float32)
    kernels().free(nearest, np.ascontiguousarray(placed, np.float32), lifted.astype(np.float32), blur, free)
    return free


def _is_compiled() -> bool:
    """Whether loops are compiled here."""
    return importlib.util.find_spec("numba") is not None


@dataclass(frozen=True)
class Kernels:
    """The compiled loops."""

    cover: Any
    shade: Any
    normals: Any
    free: Any


@lru_cache(maxsize=1)
def kernels() -> Kernels:
    """Compile the loops, or take them from numba's cache on disk."""
    try:
        import numba
    except ImportError as error:
        raise missing_extra("numba", "view", "drawing faces") from error
    compiled = numba.njit(nogil=True, cache=True, fastmath=False, error_model="numpy")
    return Kernels(compiled(cover), compiled(shade), compiled(add_normals), compiled(find_free))


def unthreaded_products() -> AbstractContextManager[Any]:
    """A context in which numpy's matrix products keep to one thread, so that drawing has the other cores.

    BLAS threads wait busily for the next product: on two cores they took a third of a film's speed. Pictures need
    small products only. Raises `VisavisError` without threadpoolctl.
    """
    limited: AbstractContextManager[Any] = _thread_pools().limit(limits=1, user_api="blas")
    return limited


@lru_cache(maxsize=1)
def _thread_pools() -> Any:
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError as error:
        raise missing_extra("threadpoolctl", "view", "drawing faces") from error
    return ThreadpoolController()
