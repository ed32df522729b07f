from __future__ import annotations

import numpy as np

from visavis.view.people.brows import brow, lashes
from visavis.view.people.form import COMMON, EYE, head_form
from visavis.view.people.loops import skin_net
from visavis.view.people.skin import skin_points


def test_a_brow_lies_on_the_skin_above_the_eye_and_tapers() -> None:
    form = head_form(COMMON)
    points = brow(form, (0.3, 0.2, 0.1), 0.6, 0.0).points
    assert np.abs(form(points)).max() < 0.45
    assert points[:, 1].min() > 1.5
    inner, outer = points[:, 0] < 2.2, points[:, 0] > 5.1
    assert np.ptp(points[outer, 1]) < np.ptp(points[inner, 1])


def test_lashes_stand_off_the_lid_and_are_longer_at_the_temple() -> None:
    net, skin = skin_net(), skin_points(COMMON)
    edge = skin[net.left_eye[-3, :21]]
    rows = lashes(skin[net.left_eye[-2, :21]], edge, (0.1, 0.1, 0.1), 0.3).points.reshape(3, 21, 3)[:, ::-1]
    reach = np.linalg.norm(rows[1] - edge, axis=1)
    assert reach[4] > reach[-3]
    assert (np.linalg.norm(rows[1] - EYE, axis=1) >= np.linalg.norm(edge - EYE, axis=1)).all()
