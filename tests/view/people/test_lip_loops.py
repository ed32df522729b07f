from __future__ import annotations

import numpy as np

from visavis.view.people.form import COMMON, HALF_MOUTH, Measures, head_form
from visavis.view.people.lip_loops import INNER_LOOPS, LIP_LOOPS, line, lip_loops

LOOPS = lip_loops(head_form(COMMON), 60, COMMON)
TOP, BOTTOM = 15, 45


def test_closed_lips_meet_on_one_line_with_raised_corners() -> None:
    meet = LOOPS[LIP_LOOPS - 1]
    mirrored = meet[(-np.arange(60)) % 60]
    np.testing.assert_allclose(meet[:, :2], mirrored[:, :2], atol=1e-9)
    assert line(np.array([1.0]))[0] > line(np.array([0.0]))[0] + 0.2


def test_lips_have_thickness_and_a_pouch_behind_them() -> None:
    assert len(LOOPS) == LIP_LOOPS + INNER_LOOPS
    border, fullest, meet = LOOPS[0], LOOPS[2], LOOPS[LIP_LOOPS - 1]
    assert border[TOP, 1] > meet[TOP, 1] + 0.4
    assert border[BOTTOM, 1] < meet[BOTTOM, 1] - 0.6
    for at in (TOP, BOTTOM):
        assert fullest[at, 2] > meet[at, 2] + 0.1
    assert LOOPS[-1, :, 2].max() < meet[TOP, 2] - 4


def test_fuller_lips_are_higher() -> None:
    full = lip_loops(head_form(COMMON), 60, Measures(lips=1.0))
    assert np.ptp(full[0, :, 1]) > np.ptp(LOOPS[0, :, 1]) + 0.1
    assert abs(LOOPS[LIP_LOOPS - 1, 0, 0] - HALF_MOUTH) < 1e-9
