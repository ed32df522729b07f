"""Shapes of brows, cheeks and nose, as displacements (V, 3) [cm] of the skin. One-sided ones are the left ones."""

from __future__ import annotations

import numpy as np

from visavis.view.people.regions import Regions


def face_shapes(r: Regions) -> dict[str, np.ndarray]:
    """Everything above the mouth but the lids."""
    inner = r.near((1.9, 3.3, 7.4), (1.7, 1.7, 3.0))
    whole = r.near((3.4, 3.1, 7.0), (2.9, 1.6, 3.4))
    outer = r.near((4.7, 3.3, 6.0), (1.9, 1.9, 3.2))
    cheek = r.near((4.1, -2.9, 6.8), (2.1, 1.5, 2.6))
    wing = r.near((1.3, -3.9, 8.4), (0.9, 0.9, 1.6))
    fold = r.near((2.1, -4.6, 7.8), (1.0, 1.5, 1.8))
    bridge = r.near((0.9, 0.2, 7.6), (1.0, 1.6, 1.6))
    middle = r.near((0.0, 3.4, 8.0), (1.5, 1.8, 3.0))
    other = r.near((-1.9, 3.3, 7.4), (1.7, 1.7, 3.0))
    return {
        "BrowDownLeft": whole[:, None] * [-0.12, -0.62, 0.14] + inner[:, None] * [-0.24, -0.14, 0.10],
        "BrowInnerUp": (inner + other + 0.2 * middle)[:, None] * [0.0, 0.82, 0.06]
        + (inner - other)[:, None] * [0.08, 0.0, 0.0],
        "BrowOuterUpLeft": outer[:, None] * [0.05, 0.85, -0.10],
        "CheekSquintLeft": cheek[:, None] * [0.05, 0.42, 0.26],
        "NoseSneerLeft": wing[:, None] * [0.12, 0.42, 0.05] + fold[:, None] * [0.10, 0.34, 0.12]
        + bridge[:, None] * [0.0, 0.10, 0.05] + inner[:, None] * [-0.06, -0.26, 0.05],
    }  # fmt: skip
