from __future__ import annotations

import numpy as np
import pytest

from visavis.view.people.form import head_form
from visavis.view.people.hair import shell
from visavis.view.people.looks import LOOKS, Look


@pytest.mark.parametrize("look", LOOKS, ids=[look.name for look in LOOKS])
def test_hair_covers_the_crown_and_leaves_the_eyes_and_the_mouth_free(look: Look) -> None:
    points = shell(look.hair.cover, look.hair.colours).points
    assert np.isfinite(points).all()
    assert points[:, 1].max() > 11.6
    face = (np.abs(points[:, 0]) < 4.5) & (points[:, 1] > -11) & (points[:, 1] < 2.0) & (points[:, 2] > 6)
    assert not face.any()


@pytest.mark.parametrize("look", LOOKS, ids=[look.name for look in LOOKS])
def test_hair_lies_outside_the_skull(look: Look) -> None:
    points = shell(look.hair.cover, look.hair.colours).points.reshape(44, 96, 3)
    distance = head_form(look.measures)(points[8:].reshape(-1, 3))
    assert (distance > 0).mean() > 0.9
    assert head_form(look.measures)(points[0])[:].mean() < head_form(look.measures)(points[4])[:].mean()


@pytest.mark.parametrize("look", LOOKS, ids=[look.name for look in LOOKS])
def test_the_hem_has_no_gaps_and_the_back_no_hole(look: Look) -> None:
    points = shell(look.hair.cover, look.hair.colours).points.reshape(44, 96, 3)
    hem = np.linalg.norm(np.diff(points[4], axis=0, append=points[4][:1]), axis=1)
    assert hem.max() < 2.5 * np.median(hem)
    assert np.ptp(points[-1], axis=0).max() < 0.05
