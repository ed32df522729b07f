"""Least squares with bounds, for many right sides at once.

T problems, K unknowns.
"""

from __future__ import annotations

import numpy as np

from visavis.core.errors import VisavisError

_SWEEPS = 2000


def bounded_least_squares(
    gram: np.ndarray, sides: np.ndarray, low: np.ndarray, high: np.ndarray, tolerance: float = 1e-6
) -> np.ndarray:
    """The x (T, K) within `low` and `high` (K,) that minimise x G x / 2 - x b, for G = A^T A and each b = A^T y.

    `gram` (K, K) is positive definite, `sides` (T, K). Coordinate descent: every step solves one unknown exactly, so
    that the error never grows; it ends when no unknown moves by more than `tolerance`.
    Raises `VisavisError` for bounds that leave no room and a matrix with an unknown that nothing depends on.
    """
    if np.any(low > high) or np.any(np.diag(gram) <= 0):
        raise VisavisError("least squares without a solution: a bound is upside down or an unknown changes nothing")
    found = np.asarray(np.clip(np.zeros_like(sides), low, high))
    slope = found @ gram - sides
    for _ in range(_SWEEPS):
        largest = 0.0
        for k in range(len(gram)):
            moved = np.clip(found[:, k] - slope[:, k] / gram[k, k], low[k], high[k]) - found[:, k]
            found[:, k] += moved
            slope += moved[:, None] * gram[k]
            largest = max(largest, float(np.abs(moved).max(initial=0)))
        if largest <= tolerance:
            break
    return found
