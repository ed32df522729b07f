from __future__ import annotations

import numpy as np
import pytest

from visavis.view.people.form import COMMON, EYE, EYE_RADIUS, Measures, head_form, nostril_place
from visavis.view.people.looks import LOOKS
from visavis.view.people.loops import skin_net
from visavis.view.people.skin import LID_LOOPS, gather, skin_points
from visavis.view.raster import vertex_normals

NET = skin_net()


@pytest.mark.parametrize("measures", [look.measures for look in LOOKS])
def test_the_skin_is_exactly_symmetric_and_lies_on_the_clay(measures: Measures) -> None:
    points = skin_points(measures)
    np.testing.assert_array_equal(points[NET.mirror] * [-1, 1, 1], points)
    grid = NET.grid[1:][NET.grid[1:] >= 0]
    assert np.quantile(np.abs(head_form(measures)(points[grid])), 0.99) < 0.02


def test_triangles_are_not_folded() -> None:
    """Neighbouring triangles outside of eyes and mouth look about the same way."""
    points, faces = skin_points(COMMON), NET.faces()
    normals = vertex_normals(points, faces)
    a, b, c = (points[faces[:, i]] for i in range(3))
    facing = np.cross(b - a, c - a)
    facing /= np.linalg.norm(facing, axis=1, keepdims=True) + 1e-12
    inner = np.concatenate([NET.mouth[5:].ravel(), NET.left_eye[-3:].ravel(), NET.right_eye[-3:].ravel(), [NET.throat]])
    plain = ~np.isin(faces, inner).any(axis=1)
    assert (np.einsum("fd,fd->f", facing, normals[faces[:, 0]])[plain] > 0.2).mean() > 0.999


def test_the_eyes_look_out_between_the_lids() -> None:
    edge = skin_points(COMMON)[NET.left_eye[-LID_LOOPS:][3]]
    assert np.linalg.norm(edge - EYE, axis=1).min() > EYE_RADIUS
    assert np.ptp(edge[:, 0]) > 2.5
    assert np.ptp(edge[:, 1]) > 1.2


def test_what_neighbours_count_sums_to_one() -> None:
    around = gather(NET)
    np.testing.assert_allclose(around.share.sum(axis=1), 1)
    assert not (around.table == np.arange(NET.size)[:, None])[around.share > 0].any()


def test_the_net_is_finer_at_the_nostrils_than_on_the_cheek() -> None:
    points, edges = skin_points(COMMON), NET.neighbours()
    length = np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)

    def typical(place: np.ndarray) -> float:
        near = np.linalg.norm(points[edges[:, 0]] - place, axis=1) < 0.9
        return float(np.median(length[near]))

    assert typical(nostril_place(COMMON)) < 0.6 * typical(np.array([5.0, -4.0, 6.5]))
