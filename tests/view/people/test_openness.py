from __future__ import annotations

import numpy as np
import pytest

from visavis.view.people.openness import openness, reached
from visavis.view.people.surface_parts import grid_faces


def plate(height: float, half: float, up: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A horizontal plate of 7 x 7 points, looking up or down."""
    x, z = np.meshgrid(np.linspace(-half, half, 7), np.linspace(half, -half, 7))
    points = np.stack([x, 0 * x + height, z], -1).reshape(-1, 3)
    faces = grid_faces(7, 7, closed=False)
    return points, np.tile([0.0, up, 0.0], (49, 1)), faces if up > 0 else faces[:, ::-1]


def two_plates() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One plate under a roof."""
    low, roof = plate(0.0, 0.1), plate(0.04, 0.1)
    under = plate(0.035, 0.1, up=-1.0)
    points = np.concatenate([low[0], roof[0], under[0]])
    normals = np.concatenate([low[1], roof[1], under[1]])
    return points, normals, np.concatenate([low[2], roof[2] + 49, under[2] + 98])


def test_an_open_plate_sees_the_whole_sky() -> None:
    assert openness(*plate(0.0, 0.1)).min() > 0.97


def test_under_a_roof_it_is_dark_and_darkest_in_the_middle() -> None:
    open_ = openness(*two_plates())
    assert open_[24] < 0.25
    assert open_[24] < open_[0] < 0.8
    assert open_[49:98].min() > 0.97


@pytest.mark.parametrize(("ray", "least", "most"), [((0.0, 1.0, 0.0), 0.0, 0.0), ((0.995, 0.1, 0.0), 1.0, 1.0)])
def test_a_lamp_reaches_below_the_roof_only_from_the_side(ray: tuple[float, ...], least: float, most: float) -> None:
    edge = reached(*two_plates(), np.array(ray), blur=0)[27 if ray[1] < 0.5 else 24]
    assert least <= edge <= most
