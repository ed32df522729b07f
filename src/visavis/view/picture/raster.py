"""Triangles -> pixels on the processor: a z-buffer with four samples a pixel and light by pixel. The one door to numba.

Needs neither display nor graphics card nor system libraries. Rows of the picture are shared out to threads; every
pixel is computed by one thread alone, so a picture is the same however many there are.

V vertices, F triangles; pictures are (H, W), sample buffers (2 H, 2 W).
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from visavis.core.errors import missing_extra

THREADS = min(4, os.cpu_count() or 1)
_BANDS = 4
"""The picture is cut into this many bands of rows, which threads take one after the other."""
_DULL = np.float32(0.5)
"""Below this cosine no gloss is seen."""


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
    nearest, owner = np.empty((side, side), np.float32), np.empty((side, side), np.int32)
    points, faces = np.ascontiguousarray(points, np.float32), np.ascontiguousarray(faces, np.int32)
    kernels().cover(points, faces, 0, side, nearest, owner, np.float32(1))
    return nearest


def vertex_normals(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals (V, 3) float32 of vertices (V, 3): the area-weighted mean of their triangles' normals."""
    normals = np.zeros((len(points), 3), np.float32)
    kernels().normals(np.ascontiguousarray(points, np.float32), np.ascontiguousarray(faces, np.int32), normals)
    return normals


def free_share(nearest: np.ndarray, placed: np.ndarray, lifted: np.ndarray, blur: int) -> np.ndarray:
    """The share (V,) float32 of a depth map's steps round about each vertex that lie below it.

    `placed` (V, 3) as for `depth_map`; `lifted` (V,) are the depths compared; `blur` steps of two go either way.
    """
    free = np.empty(len(placed), np.float32)
    kernels().free(nearest, np.ascontiguousarray(placed, np.float32), lifted.astype(np.float32), blur, free)
    return free


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
    return Kernels(compiled(_cover), compiled(_shade), compiled(_normals), compiled(_free))


def _cover(
    points: np.ndarray,
    faces: np.ndarray,
    low: int,
    high: int,
    nearest: np.ndarray,
    owner: np.ndarray,
    scale: np.float32,
) -> None:
    """Find the nearest triangle that faces the viewer at each sample of the rows low ... high - 1."""
    columns = nearest.shape[1]
    nearest[low:high] = -1e9
    owner[low:high] = -1
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, ay = points[a, 0] * scale - 0.5, points[a, 1] * scale - 0.5
        bx, by = points[b, 0] * scale - 0.5, points[b, 1] * scale - 0.5
        cx, cy = points[c, 0] * scale - 0.5, points[c, 1] * scale - 0.5
        area = (cx - ax) * (by - ay) - (bx - ax) * (cy - ay)
        if not 0 < area < 1e9:
            continue
        first, last = max(low, int(np.ceil(min(ay, by, cy)))), min(high - 1, int(np.floor(max(ay, by, cy))))
        left, right = max(0, int(np.ceil(min(ax, bx, cx)))), min(columns - 1, int(np.floor(max(ax, bx, cx))))
        az, bz, cz = points[a, 2], points[b, 2], points[c, 2]
        for y in range(first, last + 1):
            for x in range(left, right + 1):
                wa = (cx - bx) * (y - by) - (cy - by) * (x - bx)
                wb = (ax - cx) * (y - cy) - (ay - cy) * (x - cx)
                wc = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
                if wa <= 0 and wb <= 0 and wc <= 0:
                    z = -(wa * az + wb * bz + wc * cz) / area
                    if z > nearest[y, x]:
                        nearest[y, x] = z
                        owner[y, x] = f


def _shade(
    points: np.ndarray,
    normals: np.ndarray,
    surface: np.ndarray,
    lit: np.ndarray,
    faces: np.ndarray,
    lights: np.ndarray,
    owner: np.ndarray,
    background: np.ndarray,
    low: int,
    high: int,
    picture: np.ndarray,
) -> None:
    """Colour the pixels of the rows low ... high - 1: each triangle that owns samples of a pixel is lit once in it."""
    half_x, half_y, half_z = lights[0, 0], lights[0, 1], lights[0, 2] + 1
    length = np.sqrt(half_x * half_x + half_y * half_y + half_z * half_z)
    half_x, half_y, half_z = half_x / length, half_y / length, half_z / length
    glint_x, glint_y, glint_z = lights[2, 0], lights[2, 1], lights[2, 2] + 1
    length = np.sqrt(glint_x * glint_x + glint_y * glint_y + glint_z * glint_z)
    glint_x, glint_y, glint_z = glint_x / length, glint_y / length, glint_z / length
    owners = np.empty(4, np.int32)
    mixed = np.empty(3, np.float32)
    s = np.empty(7, np.float32)
    for y in range(low, high):
        for x in range(picture.shape[1]):
            owners[0], owners[1] = owner[2 * y, 2 * x], owner[2 * y, 2 * x + 1]
            owners[2], owners[3] = owner[2 * y + 1, 2 * x], owner[2 * y + 1, 2 * x + 1]
            empty = 0
            for i in range(4):
                if owners[i] < 0:
                    empty += 1
            if empty == 4:
                for k in range(3):
                    picture[y, x, k] = background[y, x, k]
                continue
            for k in range(3):
                value = background[y, x, k] / np.float32(255)
                mixed[k] = empty * value * value
            for i in range(4):
                f = owners[i]
                if f < 0:
                    continue
                count = 1
                px, py = np.float32(i % 2), np.float32(i // 2)
                for j in range(i + 1, 4):
                    if owners[j] == f:
                        count += 1
                        px += j % 2
                        py += j // 2
                        owners[j] = -1
                px, py = x + 0.25 + 0.5 * px / count, y + 0.25 + 0.5 * py / count
                a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
                ax, ay, bx, by = points[a, 0], points[a, 1], points[b, 0], points[b, 1]
                cx, cy = points[c, 0], points[c, 1]
                area = (cx - ax) * (by - ay) - (bx - ax) * (cy - ay)
                wa = -((cx - bx) * (py - by) - (cy - by) * (px - bx)) / area
                wb = -((ax - cx) * (py - cy) - (ay - cy) * (px - cx)) / area
                wc = 1 - wa - wb
                nx = wa * normals[a, 0] + wb * normals[b, 0] + wc * normals[c, 0]
                ny = wa * normals[a, 1] + wb * normals[b, 1] + wc * normals[c, 1]
                nz = wa * normals[a, 2] + wb * normals[b, 2] + wc * normals[c, 2]
                length = np.sqrt(nx * nx + ny * ny + nz * nz) + np.float32(1e-9)
                nx, ny, nz = nx / length, ny / length, nz / length
                for k in range(7):
                    s[k] = wa * surface[a, k] + wb * surface[b, k] + wc * surface[c, k]
                arrives = max(np.float32(0), wa * lit[a] + wb * lit[b] + wc * lit[c])
                key = nx * lights[0, 0] + ny * lights[0, 1] + nz * lights[0, 2]
                fill = max(np.float32(0), nx * lights[2, 0] + ny * lights[2, 1] + nz * lights[2, 2])
                back = max(np.float32(0), nx * lights[4, 0] + ny * lights[4, 1] + nz * lights[4, 2])
                edge = 1 - max(np.float32(0), min(np.float32(1), nz))
                edge = edge * edge
                up = np.float32(0.5) + np.float32(0.5) * ny
                openness = max(np.float32(0), min(np.float32(1), s[3]))
                power = np.float32(8) + np.float32(260) * s[5] * s[5]
                facing = nx * half_x + ny * half_y + nz * half_z
                if s[5] > 0.9:
                    facing = nx * lights[8, 0] + ny * lights[8, 1] + nz * lights[8, 2]
                    power = power * np.float32(1.3)
                facing2 = nx * glint_x + ny * glint_y + nz * glint_z
                gloss = np.float32(0)
                if s[4] > 0:
                    if facing > _DULL:
                        gloss = facing**power * arrives
                    if facing2 > _DULL:
                        gloss += np.float32(0.3) * facing2**power * openness
                    if s[5] > 0.9:
                        gloss = min(np.float32(1), np.float32(1.8) * gloss)
                    gloss = gloss * s[4] * (1 + 4 * edge * edge * (1 - s[5]))
                for k in range(3):
                    wrap = s[6] * (np.float32(0.42) if k == 0 else np.float32(0.20) if k == 1 else np.float32(0.14))
                    direct = max(np.float32(0), (key + wrap) / (1 + wrap))
                    shadow, dark = arrives, openness
                    if k == 0:
                        shadow += np.float32(0.9) * s[6] * (np.sqrt(arrives) - arrives)
                        dark += np.float32(0.75) * s[6] * (np.sqrt(openness) - openness)
                    ambient = dark * (lights[6, k] * up + lights[7, k] * (1 - up))
                    colour = s[k] * (lights[1, k] * direct * shadow + ambient + lights[3, k] * fill * dark) + lights[
                        5, k
                    ] * back * edge * openness * (np.float32(0.3) * s[6] + np.float32(0.12) + s[k])
                    colour += gloss * (lights[1, k] * np.float32(0.6) + np.float32(0.25))
                    colour = colour / (1 + np.float32(0.18) * colour * colour)
                    mixed[k] += count * max(np.float32(0), colour)
            for k in range(3):
                value = np.sqrt(mixed[k] * np.float32(0.25)) * np.float32(255) + np.float32(0.5)
                picture[y, x, k] = np.uint8(min(np.float32(255), value))


def _normals(points: np.ndarray, faces: np.ndarray, normals: np.ndarray) -> None:
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for v in (a, b, c):
            normals[v, 0] += nx
            normals[v, 1] += ny
            normals[v, 2] += nz
    for v in range(normals.shape[0]):
        length = np.sqrt(normals[v, 0] ** 2 + normals[v, 1] ** 2 + normals[v, 2] ** 2)
        if length > 1e-12:
            for k in range(3):
                normals[v, k] /= length
        else:
            normals[v, 2] = 1.0


def _free(nearest: np.ndarray, placed: np.ndarray, lifted: np.ndarray, blur: int, free: np.ndarray) -> None:
    last = nearest.shape[0] - 1
    for v in range(placed.shape[0]):
        column, row, count = int(placed[v, 0]), int(placed[v, 1]), 0
        for down in range(-blur, blur + 1):
            y = min(max(row + 2 * down, 0), last)
            for right in range(-blur, blur + 1):
                x = min(max(column + 2 * right, 0), last)
                if nearest[y, x] < lifted[v]:
                    count += 1
        free[v] = count / (2 * blur + 1) ** 2
