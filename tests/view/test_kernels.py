"""The loops as plain functions, without numba."""

from __future__ import annotations

import numpy as np

from visavis.view.kernels import cover, find_free, shade
from visavis.view.render.lighting import STUDIO_LIGHT

SIDE = 24


def covered(points: np.ndarray, faces: np.ndarray, low: int = 0, high: int = SIDE) -> tuple[np.ndarray, np.ndarray]:
    nearest, owner = np.zeros((SIDE, SIDE), np.float32), np.zeros((SIDE, SIDE), np.int32)
    cover(points.astype(np.float32), faces.astype(np.int32), low, high, nearest, owner, np.float32(1))
    return nearest, owner


def across(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def test_each_sample_belongs_to_the_nearest_triangle_that_it_lies_in() -> None:
    points = np.random.default_rng(0).uniform(-4, SIDE + 4, (60, 3))
    faces = np.arange(60).reshape(20, 3)
    nearest, owner = covered(points, faces)
    rows, columns = np.mgrid[:SIDE, :SIDE] + 0.5
    samples = np.stack([columns, rows], -1)
    expected, depth = np.full((SIDE, SIDE), -1), np.full((SIDE, SIDE), -1e9)
    for f, corners in enumerate(points.astype(np.float32)[faces]):
        a, b, c = corners.astype(float)
        area = across(c[:2] - a[:2], b[:2] - a[:2])
        parts = [across(p[:2] - samples, q[:2] - samples) for p, q in ((c, b), (a, c), (b, a))]
        shares = np.stack(parts, -1) / area
        z = shares @ corners[:, 2]
        inside = (area > 0) & (shares >= 0).all(-1) & (z > depth)
        expected[inside], depth[inside] = f, z[inside]
    np.testing.assert_array_equal(owner, expected)
    assert len(np.unique(owner)) > 5
    np.testing.assert_allclose(nearest[owner >= 0], depth[owner >= 0], atol=1e-4)


def test_neighbours_leave_no_gap_even_where_their_edge_runs_through_samples() -> None:
    points = np.array([[0.5, 0.5, 0], [20.5, 0.5, 0], [20.5, 20.5, 0], [0.5, 20.5, 0], [7.5, 13.5, 0]])
    fan = np.array([[1, 0, 4], [2, 1, 4], [3, 2, 4], [0, 3, 4]])
    _, owner = covered(points, fan)
    assert (owner[:21, :21] >= 0).all()
    assert (owner[21:] < 0).all()
    assert (owner[:, 21:] < 0).all()


def test_only_the_rows_asked_for_are_touched() -> None:
    everything = np.array([[-90.0, 90, 0], [90, 90, 0], [0, -190, 0]])
    nearest, owner = covered(everything, np.array([[0, 1, 2]]), low=4, high=9)
    assert (owner[4:9] == 0).all()
    assert (nearest[:4] == 0).all()
    assert (nearest[9:] == 0).all()


def shaded(surface: list[float]) -> np.ndarray:
    points = np.array([[-90.0, 90, 0], [90, 90, 0], [0, -190, 0]], np.float32)
    faces, owner = np.array([[0, 1, 2]], np.int32), np.zeros((4, 4), np.int32)
    picture, normals = np.zeros((2, 2, 3), np.uint8), np.tile(np.float32([0, 0, 1]), (3, 1))
    owner[:2, :2] = -1
    given = np.tile(np.array(surface, np.float32), (3, 1)), np.ones(3, np.float32)
    shade(points, normals, *given, faces, STUDIO_LIGHT.packed(), owner, np.full((2, 2, 3), 7, np.uint8), 0, 2, picture)
    return picture.astype(int)


def test_a_pixel_without_samples_shows_the_background_and_others_their_surface() -> None:
    dark, light = shaded([0.1, 0.1, 0.1, 1, 0, 0, 0]), shaded([0.6, 0.6, 0.6, 1, 0, 0, 0])
    assert (dark[0, 0] == 7).all()
    assert (light[1, 1] > dark[1, 1] + 20).all()
    assert (shaded([0.1, 0.1, 0.1, 0, 0, 0, 0])[1, 1] < dark[1, 1]).all(), "closed to the sky"


def test_the_free_share_counts_steps_below() -> None:
    nearest = np.zeros((9, 9), np.float32)
    nearest[:, 5:] = 1
    free = np.empty(2, np.float32)
    find_free(nearest, np.array([[4.0, 4, 0], [4, 4, 2]], np.float32), np.float32([0.5, 2]), 1, free)
    np.testing.assert_allclose(free, [2 / 3, 1])
