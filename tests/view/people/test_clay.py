from __future__ import annotations

import numpy as np
import pytest

from visavis.view.people.clay import carved, ellipsoid, gradient, joined, onto, rod, struck


def ball(points: np.ndarray) -> np.ndarray:
    return ellipsoid(points, (0, 0, 0), (2, 2, 2))


POINTS = np.random.default_rng(0).normal(0, 3, (50, 3))


def test_a_round_ellipsoid_and_a_short_rod_are_balls() -> None:
    far = np.linalg.norm(POINTS, axis=1)
    np.testing.assert_allclose(ball(POINTS), far - 2, atol=1e-9)
    np.testing.assert_allclose(rod(POINTS, (0, 0, 0), (1e-9, 0, 0), 2, 2), far - 2, atol=1e-6)


def test_joining_adds_and_carving_takes_away_where_forms_are_apart() -> None:
    a, b = np.array([-1.0, 5.0, 0.0]), np.array([4.0, -1.0, 0.0])
    np.testing.assert_allclose(joined(a, b, 1.0)[:2], [-1, -1])
    np.testing.assert_allclose(carved(a, b, 1.0)[:2], [-1, 5])
    assert joined(a, b, 1.0)[2] == pytest.approx(-0.25)


def test_points_come_onto_the_surface_and_rays_strike_it() -> None:
    np.testing.assert_allclose(np.linalg.norm(onto(ball, POINTS), axis=1), 2, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(gradient(ball, POINTS), axis=1), 1, atol=1e-3)
    hit = struck(ball, np.array([[0.5, 0.0, 9.0]]), np.array([[0.0, 0.0, -1.0]]))
    np.testing.assert_allclose(hit, [[0.5, 0.0, np.sqrt(4 - 0.25)]], atol=1e-4)
