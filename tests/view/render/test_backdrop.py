from __future__ import annotations

import numpy as np

from visavis.core.layout import Layout
from visavis.view.render.backdrop import backdrop, described, painted
from visavis.view.render.placement import standing
from visavis.view.render.shots import best_azimuth, shot_of_all, shot_over_shoulder

BOTH = [standing(Layout.default().first), standing(Layout.default().second)]
FRONT = best_azimuth(BOTH)


def test_the_window_is_behind_both_and_the_same_wall_is_seen_from_any_camera() -> None:
    whole = shot_of_all(BOTH, [0.14, 0.14], FRONT, 0.5)
    picture = backdrop(whole, FRONT, 160, 80, 80).astype(float)
    sky = 255 * np.array(described()["panels"][1]["colour"])
    np.testing.assert_allclose(picture[10, 60], sky, atol=2)
    assert picture[10, 5].mean() < sky.mean() - 20
    turned = Layout.default().swapped()
    other = [standing(turned.first), standing(turned.second)]
    again = shot_of_all(other, [0.14, 0.14], best_azimuth(other), 0.5)
    np.testing.assert_allclose(backdrop(again, best_azimuth(other), 160, 80, 80), picture, atol=1)


def test_over_the_shoulder_other_parts_of_the_room_are_seen_without_the_window() -> None:
    seen = [backdrop(shot_over_shoulder(BOTH, of, FRONT, 0.5), FRONT, 160, 80, 80).astype(float) for of in (0, 1)]
    assert np.abs(seen[0] - seen[1]).mean() > 5
    lamp = 255 * np.array(described()["glow"])
    assert [float(np.abs(one - lamp).mean(axis=-1).min()) < 25 for one in seen] == [False, True]


def test_walls_are_soft_and_have_no_seam() -> None:
    azimuth, elevation = np.meshgrid(np.linspace(-np.pi, np.pi, 4001), np.linspace(-0.6, 0.6, 5))
    colour = painted(azimuth, elevation)
    assert colour.min() >= 0
    assert colour.max() <= 1
    assert np.abs(np.diff(colour, axis=1)).max() < 0.06
    np.testing.assert_allclose(colour[:, 0], colour[:, -1], atol=0.01)


def test_below_the_picture_of_people_the_wall_goes_on() -> None:
    whole = shot_of_all(BOTH, [0.14, 0.14], FRONT, 0.5)
    tall, short = backdrop(whole, FRONT, 160, 100, 80), backdrop(whole, FRONT, 160, 80, 80)
    assert tall.shape == (100, 160, 3)
    np.testing.assert_allclose(tall[:80].astype(float), short, atol=1)
