from __future__ import annotations

import numpy as np

from visavis.view.people.form import MOUTH
from visavis.view.people.inner_mouth import BEHIND_LIPS, Arch, teeth, tongue

UPPER, LOWER = teeth(8.6)


def test_teeth_stand_behind_the_lips_and_the_upper_before_the_lower() -> None:
    assert UPPER.points[:, 2].max() < 8.6 - 0.8 * BEHIND_LIPS
    white = [part.points[part.colours[:, 2] > 0.85] for part in (UPPER, LOWER)]
    assert white[0][:, 2].max() > white[1][:, 2].max() + 0.1
    assert white[0][:, 1].min() < MOUTH[1] + 0.1
    assert white[1][:, 1].max() < MOUTH[1] + 0.1


def test_the_arch_is_symmetric_and_as_long_as_it_says() -> None:
    x, z, turn = Arch(8.0, 0.2).at(np.array([-2.0, 0.0, 2.0]))
    np.testing.assert_allclose(x + x[::-1], 0, atol=1e-12)
    np.testing.assert_allclose([z[1], turn[1]], [8.0, 0.0])
    fine = np.linspace(0, x[2], 2000)
    way = np.hypot(np.diff(fine), np.diff(0.2 * fine**2)).sum()
    np.testing.assert_allclose(way, 2.0, atol=1e-3)


def test_the_tongue_lies_between_the_lower_teeth() -> None:
    points = tongue(8.6).points
    assert np.abs(points[:, 0]).max() < 2.0
    assert points[:, 2].max() < LOWER.points[:, 2].max() - 0.2
    assert points[:, 1].max() < MOUTH[1] + 0.2
