from __future__ import annotations

import sys

import numpy as np
import pytest

from visavis.view import raster
from visavis.view.array_kernels import cover_depths, normals_of
from visavis.view.people.build import build_head
from visavis.view.people.looks import LOOKS
from visavis.view.raster import depth_map, vertex_normals

pytest.importorskip("numba", reason="the compiled loops need numba; pip install 'visavis[view]'")


def scattered(seed: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    points = (spread * draw.normal(size=(300, 3)) + [20, 20, 0]).astype(np.float32)
    return points, draw.integers(0, 300, (500, 3)).astype(np.int32)


@pytest.mark.parametrize("spread", [3.0, 20.0, 300.0])
def test_depths_are_those_of_the_compiled_loop_to_the_last_bit(spread: float) -> None:
    points, faces = scattered(1, spread)
    compiled = depth_map(points, faces, 40)
    assert (compiled > -1e8).any()
    np.testing.assert_array_equal(cover_depths(points, faces, 40), compiled)


def test_depths_of_edges_on_samples_and_of_points_that_are_no_numbers_are_the_same() -> None:
    square = np.array([[1.5, 1.5, 0], [5.5, 1.5, 1], [5.5, 5.5, 2], [1.5, 5.5, 3]], np.float32)
    strange = np.array([[np.nan, 1, 1], [1e30, 1, 1], [-np.inf, 2, 2]], np.float32)
    points = np.concatenate([square, strange])
    faces = np.array([[0, 3, 2], [0, 2, 1], [0, 1, 2], [0, 4, 1], [1, 5, 2], [6, 1, 0], [2, 2, 2]], np.int32)
    compiled = depth_map(points, faces, 8)
    assert (compiled[1:6, 1:6] >= 0).all()
    np.testing.assert_array_equal(cover_depths(points, faces, 8), compiled)


def test_nothing_in_the_picture_leaves_it_empty() -> None:
    assert (cover_depths(*scattered(2, 0.0), 8) == np.float32(-1e9)).all()


def test_normals_are_those_of_the_compiled_loop_to_the_last_bit() -> None:
    points, faces = scattered(3, 1.0)
    points[7], faces[faces == 9] = points[8], 10
    np.testing.assert_array_equal(normals_of(points, faces), vertex_normals(points, faces))


def test_a_head_made_without_numba_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = build_head(LOOKS[0])
    build_head.cache_clear()
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.setattr(raster, "kernels", lambda: pytest.fail("numba was asked for"))
    plain = build_head(LOOKS[0])
    build_head.cache_clear()
    for field in ("points", "colours", "openness", "shapes"):
        np.testing.assert_array_equal(getattr(plain, field), getattr(compiled, field))
