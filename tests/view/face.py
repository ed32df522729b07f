"""Faces for tests: weights by name, and the head that most tests look at."""

from __future__ import annotations

import numpy as np

from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.view.people.build import build_head
from visavis.view.people.head_mesh import Head
from visavis.view.people.looks import AMBER


def weights(**named: float) -> np.ndarray:
    """Weights (52,); a name without side stands for both sides."""
    values = np.zeros(len(ARKIT_WEIGHTS))
    for name, value in named.items():
        for each in (name,) if name in ARKIT_WEIGHTS else (f"{name}Left", f"{name}Right"):
            values[ARKIT_WEIGHTS.index(each)] = value
    return values


def amber() -> Head:
    return build_head(AMBER)
