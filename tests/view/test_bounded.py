from __future__ import annotations

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.view.bounded import bounded_least_squares

DRAW = np.random.default_rng(0)
SYSTEM = DRAW.normal(size=(30, 6)) @ DRAW.normal(size=(6, 6))
LOW, HIGH = np.zeros(6), np.ones(6)


def test_without_active_bounds_it_is_plain_least_squares() -> None:
    sides = DRAW.normal(size=(4, 30))
    found = bounded_least_squares(SYSTEM.T @ SYSTEM, sides @ SYSTEM, np.full(6, -1e3), np.full(6, 1e3), 1e-12)
    np.testing.assert_allclose(found, np.linalg.lstsq(SYSTEM, sides.T, rcond=None)[0].T, atol=1e-6)


def test_at_a_bound_the_slope_points_outwards() -> None:
    """The conditions of Karush, Kuhn and Tucker, which only the solution fulfils."""
    sides = 3 * DRAW.normal(size=(50, 30))
    found = bounded_least_squares(SYSTEM.T @ SYSTEM, sides @ SYSTEM, LOW, HIGH, 1e-12)
    slope = (found @ SYSTEM.T - sides) @ SYSTEM
    at_low, at_high = found == 0, found == 1
    assert at_low.any()
    assert at_high.any()
    assert np.all(slope[at_low] >= -1e-6)
    assert np.all(slope[at_high] <= 1e-6)
    np.testing.assert_allclose(slope[~at_low & ~at_high], 0, atol=1e-6)


def test_problems_without_a_solution_are_refused() -> None:
    with pytest.raises(VisavisError, match="a bound is upside down"):
        bounded_least_squares(np.eye(2), np.zeros((1, 2)), np.ones(2), np.zeros(2))
    with pytest.raises(VisavisError, match="an unknown changes nothing"):
        bounded_least_squares(np.diag([1.0, 0.0]), np.zeros((1, 2)), LOW[:2], HIGH[:2])
