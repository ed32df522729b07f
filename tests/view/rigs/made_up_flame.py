"""A FLAME of made-up numbers: a bent sheet of 5023 vertices whose lower half hangs on the jaw."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from visavis.view.rigs.flame import VERTICES, Flame

JOINTS = np.array([[0, -0.15, -0.02], [0, -0.08, -0.02], [0, -0.02, 0.0], [0.03, 0.03, 0.05], [-0.03, 0.03, 0.05]])


@lru_cache(maxsize=1)
def made_up_flame() -> Flame:
    draw = np.random.default_rng(0)
    template = draw.uniform([-0.08, -0.1, 0], [0.08, 0.1, 0], (VERTICES, 3))
    template[:, 2] = 0.1 - 4 * (template[:, 0] ** 2 + 0.5 * template[:, 1] ** 2)
    waves = draw.uniform(-60, 60, (2, 60))
    smooth = np.sin(template[:, :2] @ waves + draw.uniform(0, 6, 60))
    directions = draw.normal(size=(60, 3)) * 0.002
    weights = np.zeros((VERTICES, 5))
    weights[:, 2] = np.clip(-template[:, 1] / 0.05, 0, 1)
    weights[:, 1] = 1 - weights[:, 2]
    return Flame(
        template,
        draw.normal(size=(VERTICES, 3, 300)) * 1e-4,
        smooth[:, None, :] * directions.T[None],
        np.zeros((VERTICES, 3, 36)),
        _regressor(template),
        weights,
        np.arange(VERTICES // 3 * 3).reshape(-1, 3),
    )


def _regressor(points: np.ndarray) -> np.ndarray:
    """The smallest weights (5, V), adding up to 1, with which the vertices give the joints."""
    system = np.concatenate([points.T, np.ones((1, len(points)))])
    return (np.linalg.pinv(system) @ np.concatenate([JOINTS.T, np.ones((1, 5))])).T
