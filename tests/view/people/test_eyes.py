from __future__ import annotations

import numpy as np

from visavis.view.people.eyes import IRIS, eyeball
from visavis.view.people.form import EYE, EYE_RADIUS

BALL = eyeball((0.3, 0.6, 0.5))


def test_an_eyeball_is_round_so_that_it_can_turn_under_the_lids() -> None:
    np.testing.assert_allclose(np.linalg.norm(BALL.points - EYE, axis=1), EYE_RADIUS, atol=1e-9)


def test_pupil_iris_and_white_lie_in_rings() -> None:
    away = np.arccos(np.clip((BALL.points - EYE)[:, 2] / EYE_RADIUS, -1, 1))
    assert BALL.colours[away < 0.15].max() < 0.1
    assert BALL.colours[(away > 1.1 * IRIS) & (away < 0.8)].min() > 0.8
    iris = BALL.colours[(away > 0.26) & (away < 0.8 * IRIS)]
    assert (iris[:, 1] > iris[:, 0]).all()
