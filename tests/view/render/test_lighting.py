from __future__ import annotations

import numpy as np

from tests.view.face import amber
from visavis.view.people.openness import reached
from visavis.view.people.surface_parts import soft_step
from visavis.view.raster import vertex_normals
from visavis.view.render.lighting import STUDIO_LIGHT, lamplight


def test_what_lies_under_a_roof_keeps_a_fifth_of_the_light() -> None:
    floor = np.array([[-1, 0, -1], [-1, 0, 1], [1, 0, 1], [1, 0, -1], [0, 0, 0.0]])
    roof = np.array([[-0.3, 0.5, -0.3], [-0.3, 0.5, 0.3], [0.3, 0.5, 0.3], [0.3, 0.5, -0.3]])
    points = np.concatenate([floor, roof]).astype(np.float32)
    faces = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4], [5, 6, 7], [5, 7, 8]])
    normals = np.tile(np.float32([0, 1, 0]), (9, 1))
    lit = lamplight(points, normals, faces, np.array([0.0, 1.0, 0.0]))
    np.testing.assert_allclose(lit[4], 0.2, atol=0.01)
    np.testing.assert_allclose(lit[:4], 1.0, atol=0.01)


def test_it_is_the_light_that_reaches_a_head() -> None:
    """The same as the careful way that openness is computed, but for steps that lie on the edge of a shadow."""
    head = amber()
    normals = vertex_normals(head.points, head.faces)
    careful = 1 + 0.8 * soft_step((normals @ STUDIO_LIGHT.key + 0.05) / 0.35) * (
        reached(head.points, normals, head.faces, STUDIO_LIGHT.key) - 1
    )
    away = np.abs(lamplight(head.points, normals, head.faces, STUDIO_LIGHT.key) - careful)
    assert away.max() < 0.2
    assert away.mean() < 1e-3
