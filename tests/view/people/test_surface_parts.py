from __future__ import annotations

import numpy as np

from visavis.view.people.surface_parts import HAIR_GLOSS, blend, grid_faces, grid_part, merged, soft_step

GRID = np.stack(np.meshgrid(np.arange(3.0), np.arange(2.0)), -1)
FLAT = np.concatenate([GRID, np.zeros((2, 3, 1))], -1)


def test_a_grid_faces_the_side_it_is_seen_from() -> None:
    made = grid_part(FLAT, (1.0, 0.5, 0.0), HAIR_GLOSS, closed=False)
    a, b, c = (made.points[made.faces[:, i]] for i in range(3))
    assert (np.cross(b - a, c - a)[:, 2] > 0).all()
    assert len(made.faces) == 4
    assert (made.colours == [1.0, 0.5, 0.0]).all()


def test_a_closed_grid_joins_its_ends() -> None:
    assert len(grid_faces(3, 5, closed=True)) == 2 * 2 * 5
    assert {0, 4} <= {vertex for face in grid_faces(2, 5, closed=True).tolist() if 0 in face for vertex in face}


def test_the_mirror_image_faces_outwards_too() -> None:
    made = grid_part(FLAT, (1.0, 0.5, 0.0), HAIR_GLOSS, closed=False)
    other = made.mirrored()
    a, b, c = (other.points[other.faces[:, i]] for i in range(3))
    assert (np.cross(b - a, c - a)[:, 2] > 0).all()
    both = merged([made, other])
    assert len(both.points) == 12
    np.testing.assert_array_equal(both.points[both.faces[4:]], other.points[other.faces])


def test_steps_and_blends_end_where_they_should() -> None:
    np.testing.assert_allclose(soft_step(np.array([-1.0, 0.0, 0.5, 1.0, 3.0])), [0, 0, 0.5, 1, 1])
    np.testing.assert_allclose(
        blend((0.0, 0.0, 0.0), (1.0, 2.0, 3.0), np.array([0.0, 0.5])), [[0, 0, 0], [0.5, 1, 1.5]]
    )
