from __future__ import annotations

import numpy as np

from visavis.view.people.form import COMMON, EYE, EYE_RADIUS, Measures, head_form, nostril_place, on_the_left


def test_the_form_is_symmetric_and_leaves_its_points_alone() -> None:
    points = np.random.default_rng(0).normal(0, 7, (200, 3))
    before = points.copy()
    form = head_form(COMMON)
    np.testing.assert_array_equal(form(points), form(points * [-1, 1, 1]))
    np.testing.assert_array_equal(points, before)


def test_the_eyeballs_lie_within_the_clay_and_the_nose_is_ahead() -> None:
    form = head_form(COMMON)
    assert form(EYE[None])[0] < -EYE_RADIUS
    z = np.linspace(6, 14, 400)
    profile = [z[form(np.stack([0 * z, 0 * z + y, z], -1)) < 0].max() for y in (4.0, -3.6, -6.5, -9.0)]
    assert np.argmax(profile) == 1


def test_measures_change_the_form_where_they_say() -> None:
    nose, chin, brow = np.array([[1.6, -3.9, 8.2]]), np.array([[0.0, -10.3, 7.0]]), np.array([[0.0, 8.0, 6.0]])
    wide, long = head_form(Measures(nose_width=1.0)), head_form(Measures(chin=0.6))
    common = head_form(COMMON)
    assert wide(nose)[0] < common(nose)[0] - 0.1
    assert long(chin)[0] < common(chin)[0] - 0.2
    assert wide(brow)[0] == common(brow)[0]


def test_nostrils_are_hollow_and_follow_the_nose() -> None:
    wide = Measures(nose_width=1.0, nose_length=0.4)
    for measures in (COMMON, wide):
        place = nostril_place(measures)
        inside = np.stack([place, place * [-1, 1, 1], place * [0, 1, 1]])
        left, right, between = head_form(measures)(inside + np.array([0, 0.25, 0]))
        assert left == right > 0 > between
    assert (nostril_place(wide) - nostril_place(COMMON))[0] > 0 > (nostril_place(wide) - nostril_place(COMMON))[1]


def test_mirror_images_lie_on_the_left() -> None:
    np.testing.assert_array_equal(
        on_the_left(np.array([[-1.0, -2.0, 3.0], [1.0, 2.0, -3.0]])), [[1, -2, 3], [1, 2, -3]]
    )
