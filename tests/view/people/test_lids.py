from __future__ import annotations

import numpy as np

from visavis.view.people.form import COMMON, EYE, EYE_RADIUS, head_form
from visavis.view.people.lids import WIDTH, angles, basis, edge, lid_loops, opening, seam, towards


def test_angles_and_directions_are_inverse() -> None:
    across, up = np.radians([0.0, 30.0, -40.0]), np.radians([0.0, 20.0, -15.0])
    np.testing.assert_allclose(basis() @ basis().T, np.eye(3), atol=1e-12)
    got = angles(EYE + 2.5 * towards(across, up))
    for found, given in zip(got, (across, up, [2.5, 2.5, 2.5]), strict=True):
        np.testing.assert_allclose(found, given, atol=1e-12)


def test_the_opening_runs_from_the_temple_over_the_upper_lid() -> None:
    across, up = opening(40)
    assert across[0] == WIDTH == -across[20]
    assert up[10] > 0 > up[30]
    upper, lower = edge(across[1:20])
    np.testing.assert_allclose(upper, up[1:20], atol=0.01)
    assert (lower < seam(across[1:20])).all()
    assert (seam(across[1:20]) < upper).all()


def test_lids_have_thickness_and_stay_off_the_eyeball() -> None:
    radius = np.linalg.norm(lid_loops(head_form(COMMON), 40) - EYE, axis=-1) / EYE_RADIUS
    assert (radius[:-1] > 1.05).all()
    assert (radius[3] - radius[4] > 0.05).all()
