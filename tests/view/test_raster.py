from __future__ import annotations

import sys

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from visavis.core.errors import VisavisError
from visavis.view import raster
from visavis.view.raster import Raster, depth_map, kernels, unthreaded_products, vertex_normals
from visavis.view.render.lighting import STUDIO_LIGHT
from visavis.view.render.stage import Stage

WHITE = np.full((16, 20, 3), 255, np.uint8)
FACES = np.array([[0, 1, 2]])


def triangle(*corners: tuple[float, float], z: float = 0.0) -> np.ndarray:
    return np.array([[x, y, z] for x, y in corners])


def drawn(points: np.ndarray, faces: np.ndarray = FACES, colours: tuple[float, ...] = (0.5,)) -> np.ndarray:
    surface = np.zeros((len(points), 7))
    surface[:, :3] = np.repeat(colours, len(points) // len(colours))[:, None]
    surface[:, 3] = 1
    normals = np.tile([0.0, 0.0, 1.0], (len(points), 1))
    return Raster(16, 20).draw(points, normals, surface, np.ones(len(points)), faces, STUDIO_LIGHT, WHITE)


COVER = triangle((-50.0, 80.0), (80.0, 80.0), (10.0, -90.0))


def test_only_what_is_covered_changes_and_edges_are_smooth() -> None:
    picture = drawn(triangle((3.3, 12.0), (15.0, 12.0), (15.0, 2.3))).astype(int)
    assert (picture[:, :3] == 255).all()
    assert (picture[13:] == 255).all()
    inside = picture[9, 13, 0]
    shades = np.unique(picture[2:12, 3:15, 0])
    assert inside < 240
    assert len(shades[(shades > inside + 8) & (shades < 247)]) >= 2


def test_triangles_that_face_away_are_not_drawn() -> None:
    assert (drawn(COVER[::-1].copy()) == 255).all()
    assert (drawn(COVER) < 250).any()


def test_nearer_triangles_hide_farther_ones_in_any_order() -> None:
    points = np.concatenate([COVER, COVER + np.array([0.0, 0.0, 1.0])])
    faces = np.array([[0, 1, 2], [3, 4, 5]])
    both = drawn(points, faces, (0.05, 0.5))
    np.testing.assert_array_equal(both, drawn(points, faces[::-1].copy(), (0.05, 0.5)))
    np.testing.assert_array_equal(both, drawn(COVER))


def test_a_picture_does_not_depend_on_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    points = triangle((3.3, 12.0), (15.0, 12.0), (15.0, 2.3))
    several = drawn(points)
    monkeypatch.setattr(raster, "THREADS", 1)
    np.testing.assert_array_equal(several, drawn(points))


def test_points_that_are_no_numbers_or_far_away_draw_nothing() -> None:
    for bad in (np.nan, 1e30):
        assert (drawn(np.full((3, 3), bad)) == 255).all()


def test_depths_are_those_of_the_nearest_triangle() -> None:
    points = np.concatenate([COVER, COVER + np.array([0.0, 0.0, 2.0])])
    assert (depth_map(points, np.array([[3, 4, 5], [0, 1, 2]]), 8) == 2).all()
    assert (depth_map(COVER[::-1].copy(), FACES, 8) < -1e8).all()


def test_normals_point_outwards_and_have_unit_length() -> None:
    corners = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1], [9, 9, 9]], float)
    faces = np.array([[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]])
    normals = vertex_normals(corners, faces)
    np.testing.assert_allclose(normals[:6], corners[:6], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-6)


def test_a_missing_numba_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(VisavisError, match=r"needs numba; install it with: pip install 'visavis\[view\]'"):
        kernels.__wrapped__()


def threads() -> list[int]:
    np.ones((2, 2)) @ np.ones((2, 2))
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_products_have_one_thread_within_and_as_many_as_before_after() -> None:
    before = threads()
    with unthreaded_products():
        assert set(threads()) <= {1}
    assert threads() == before


def test_a_picture_is_drawn_so(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage([None], size=(64, 64))
    seen: list[int] = []
    posed = stage.actors[0].posed
    monkeypatch.setattr(stage.actors[0], "posed", lambda *given: seen.extend(threads()) or posed(*given))
    stage.draw(0)
    assert set(seen) <= {1}


def test_a_missing_threadpoolctl_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with pytest.raises(VisavisError, match=r"needs threadpoolctl; install it with: pip install 'visavis\[view\]'"):
        raster._thread_pools.__wrapped__()
