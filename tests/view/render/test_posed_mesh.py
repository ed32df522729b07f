from __future__ import annotations

import numpy as np

from visavis.view.people.head_mesh import rotation
from visavis.view.render.posed_mesh import PosedMesh, joined


def triangle(z: float) -> PosedMesh:
    points = np.array([[0, 0, z], [1, 0, z], [0, 1, z]], np.float32)
    normals = np.tile(np.float32([0, 0, 1]), (3, 1))
    return PosedMesh(points, normals, np.full((3, 7), z, np.float32), np.ones(3, np.float32), np.array([[0, 1, 2]]))


def test_points_and_normals_turn_together_and_only_points_shift() -> None:
    moved = triangle(0.0).moved(rotation(-np.pi / 2, 0, 0), np.array([0, 0, 5.0]))
    np.testing.assert_allclose(moved.points, [[0, 0, 5], [0, 0, 4], [0, 1, 5]], atol=1e-6)
    np.testing.assert_allclose(moved.normals, np.tile([1, 0, 0], (3, 1)), atol=1e-6)


def test_figures_put_together_keep_their_triangles() -> None:
    one, two = triangle(1.0), triangle(2.0)
    both = joined([one, two])
    np.testing.assert_array_equal(both.points[both.faces], np.stack([one.points, two.points]))
    np.testing.assert_array_equal(both.surface[:, 0], [1, 1, 1, 2, 2, 2])
    assert joined([one]) is one
