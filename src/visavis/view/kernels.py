"""The loops that draw triangles, as `raster` compiles them: plain functions of arrays, for numba.

V vertices, F triangles; pictures are (H, W), sample buffers (2 H, 2 W).
"""

from __future__ import annotations

import numpy as np

ON_EDGE = 1e-6
"""A sample so near an edge [samples] lies on it, so that there is no gap between neighbours."""
_DULL = np.float32(9)
"""Gloss that has fallen off by more than exp(-9) is not seen."""


def cover(
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
        ay, by, cy = points[a, 1] * scale - 0.5, points[b, 1] * scale - 0.5, points[c, 1] * scale - 0.5
        top, bottom = min(ay, by, cy), max(ay, by, cy)
        if not (bottom >= low and top <= high - 1):
            continue
        ax, bx, cx = points[a, 0] * scale - 0.5, points[b, 0] * scale - 0.5, points[c, 0] * scale - 0.5
        area = (cx - ax) * (by - ay) - (bx - ax) * (cy - ay)
        if not 0 < area < 1e9:
            continue
        first, last = max(low, int(np.ceil(top))), min(high - 1, int(np.floor(bottom)))
        left, right = max(0, int(np.ceil(min(ax, bx, cx)))), min(columns - 1, int(np.floor(max(ax, bx, cx))))
        if first > last or left > right:
            continue
        along_a, along_b, along_c = by - cy, cy - ay, ay - by
        az, bz, cz = points[a, 2] / area, points[b, 2] / area, points[c, 2] / area
        z_along = -(along_a * az + along_b * bz + along_c * cz)
        for y in range(first, last + 1):
            at_a = (cx - bx) * (y - by) - along_a * bx
            at_b = (ax - cx) * (y - cy) - along_b * cx
            at_c = (bx - ax) * (y - ay) - along_c * ax
            start, stop = float(left), float(right)
            for at, along in ((at_a, along_a), (at_b, along_b), (at_c, along_c)):
                if along > 0:
                    stop = min(stop, ON_EDGE - at / along)
                elif along < 0:
                    start = max(start, -ON_EDGE - at / along)
                elif at > 0:
                    stop = -1.0
            z = -(at_a * az + at_b * bz + at_c * cz)
            for x in range(int(np.ceil(start)), int(np.floor(stop)) + 1):
                if z + z_along * x > nearest[y, x]:
                    nearest[y, x] = z + z_along * x
                    owner[y, x] = f


def shade(
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
    one, half, nothing = np.float32(1), np.float32(0.5), np.float32(0)
    owners = np.empty(4, np.int32)
    mixed = np.empty(3, np.float32)
    s = np.empty(7, np.float32)
    halfway = np.empty((2, 3), np.float32)
    for i in range(2):
        hx, hy, hz = lights[2 * i, 0], lights[2 * i, 1], lights[2 * i, 2] + one
        length = np.sqrt(hx * hx + hy * hy + hz * hz)
        halfway[i, 0], halfway[i, 1], halfway[i, 2] = hx / length, hy / length, hz / length
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
                value = np.float32(background[y, x, k]) / np.float32(255)
                mixed[k] = np.float32(empty) * value * value
            for i in range(4):
                f = owners[i]
                if f < 0:
                    continue
                count, right, down = 1, i % 2, i // 2
                for j in range(i + 1, 4):
                    if owners[j] == f:
                        count += 1
                        right += j % 2
                        down += j // 2
                        owners[j] = -1
                share = np.float32(count)
                px = np.float32(x) + np.float32(0.25) + half * np.float32(right) / share
                py = np.float32(y) + np.float32(0.25) + half * np.float32(down) / share
                a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
                ax, ay, bx, by = points[a, 0] - px, points[a, 1] - py, points[b, 0] - px, points[b, 1] - py
                cx, cy = points[c, 0] - px, points[c, 1] - py
                wa, wb, wc = by * cx - bx * cy, cy * ax - cx * ay, ay * bx - ax * by
                area = wa + wb + wc
                wa, wb, wc = wa / area, wb / area, wc / area
                nx = wa * normals[a, 0] + wb * normals[b, 0] + wc * normals[c, 0]
                ny = wa * normals[a, 1] + wb * normals[b, 1] + wc * normals[c, 1]
                nz = wa * normals[a, 2] + wb * normals[b, 2] + wc * normals[c, 2]
                length = np.sqrt(nx * nx + ny * ny + nz * nz) + np.float32(1e-9)
                nx, ny, nz = nx / length, ny / length, nz / length
                for k in range(7):
                    s[k] = wa * surface[a, k] + wb * surface[b, k] + wc * surface[c, k]
                arrives = max(nothing, wa * lit[a] + wb * lit[b] + wc * lit[c])
                openness = max(nothing, min(one, s[3]))
                key = nx * lights[0, 0] + ny * lights[0, 1] + nz * lights[0, 2]
                fill = max(nothing, nx * lights[2, 0] + ny * lights[2, 1] + nz * lights[2, 2])
                back = max(nothing, nx * lights[4, 0] + ny * lights[4, 1] + nz * lights[4, 2])
                edge = one - max(nothing, min(one, nz))
                edge = edge * edge
                up = half + half * ny
                gloss = nothing
                if s[4] > nothing:
                    sharp = s[5] > np.float32(0.9)
                    power = np.float32(8) + np.float32(260) * s[5] * s[5]
                    facing = nx * halfway[0, 0] + ny * halfway[0, 1] + nz * halfway[0, 2]
                    if sharp:
                        facing = nx * lights[8, 0] + ny * lights[8, 1] + nz * lights[8, 2]
                        power = power * np.float32(1.3)
                    if facing > nothing and power * (one - facing) < _DULL:
                        gloss = facing**power * arrives
                    facing = nx * halfway[1, 0] + ny * halfway[1, 1] + nz * halfway[1, 2]
                    if facing > nothing and power * (one - facing) < _DULL:
                        gloss += np.float32(0.3) * facing**power * openness
                    if sharp:
                        gloss = min(one, np.float32(1.8) * gloss)
                    gloss = gloss * s[4] * (one + np.float32(4) * edge * edge * (one - s[5]))
                for k in range(3):
                    wrap = s[6] * (np.float32(0.42) if k == 0 else np.float32(0.20) if k == 1 else np.float32(0.14))
                    direct = max(nothing, (key + wrap) / (one + wrap))
                    shadow, dark = arrives, openness
                    if k == 0:
                        shadow += np.float32(0.9) * s[6] * (np.sqrt(arrives) - arrives)
                        dark += np.float32(0.75) * s[6] * (np.sqrt(openness) - openness)
                    ambient = dark * (lights[6, k] * up + lights[7, k] * (one - up))
                    colour = s[k] * (lights[1, k] * direct * shadow + ambient + lights[3, k] * fill * dark)
                    rim = np.float32(0.3) * s[6] + np.float32(0.12) + s[k]
                    colour += lights[5, k] * back * edge * openness * rim
                    colour += gloss * (lights[1, k] * np.float32(0.6) + np.float32(0.25))
                    colour = colour / (one + np.float32(0.18) * colour * colour)
                    mixed[k] += share * max(nothing, colour)
            for k in range(3):
                value = np.sqrt(mixed[k] * np.float32(0.25)) * np.float32(255) + half
                picture[y, x, k] = np.uint8(min(np.float32(255), value))


def add_normals(points: np.ndarray, faces: np.ndarray, normals: np.ndarray) -> None:
    """Add to `normals` (V, 3), all zero, what each triangle says of its vertices, and bring them to unit length."""
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


def find_free(nearest: np.ndarray, placed: np.ndarray, lifted: np.ndarray, blur: int, free: np.ndarray) -> None:
    """Fill `free` (V,) with the share of the steps of a depth map about each vertex that lie below it."""
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
