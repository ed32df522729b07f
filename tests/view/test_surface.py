from __future__ import annotations

import numpy as np

from visavis.view.surface import around, boxy, directions, grid_faces, lift, part, skull_points

BALL = directions(12, around(24))


def test_triangles_and_normals_of_a_ball_point_outwards() -> None:
    ball = part(BALL)
    a, b, c = (ball.points[ball.faces[:, i]] for i in range(3))
    outward = (np.cross(b - a, c - a) * (a + b + c)).sum(-1)
    assert (outward > -1e-9).all()
    inner = np.linalg.norm(ball.points[:, [0, 2]], axis=1) > 0.2
    assert ((ball.normals * ball.points).sum(-1)[inner] > 0.95).all()


def test_a_grid_is_covered_by_two_triangles_a_cell() -> None:
    faces = grid_faces(3, 4)
    assert len(faces) == 2 * 2 * 3
    assert set(faces.reshape(-1)) == set(range(12))


def test_hidden_triangles_are_left_out() -> None:
    upper = BALL[..., 1] > 0.0
    kept = part(BALL, hidden=upper)
    assert len(kept.faces) < len(part(BALL).faces)
    assert (kept.points[kept.faces][..., 1].min(axis=1) <= 0).all()


def test_shapes_are_added_by_weight() -> None:
    moved = part(BALL, shapes={"up": BALL + np.array([0.0, 1.0, 0.0])})
    np.testing.assert_allclose(moved.shaped({"up": 0.5}) - moved.points, [[0.0, 0.5, 0.0]] * len(moved.points))


def test_what_is_drawn_on_the_face_lies_on_the_skull() -> None:
    front = skull_points(directions(9, np.linspace(-1.0, 1.0, 9), lowest=-1.0, highest=1.0))
    np.testing.assert_allclose(lift(front[..., :2])[..., 2], front[..., 2], atol=1e-6)
    assert lift(np.zeros(2), 0.1)[2] > lift(np.zeros(2))[2]


def test_boxy_with_exponent_two_is_a_ball() -> None:
    np.testing.assert_allclose(boxy(3 * BALL, 2.0), BALL)


def test_columns_gather_in_front_and_keep_both_ends() -> None:
    gathered = around(40, 0.5)
    assert (np.abs(gathered) < 1).sum() > (np.abs(around(40)) < 1).sum()
    np.testing.assert_allclose(gathered[[0, 20, -1]], [-np.pi, 0, np.pi], atol=1e-12)
