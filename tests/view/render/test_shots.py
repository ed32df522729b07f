from __future__ import annotations

import math

import numpy as np
import pytest

from visavis.core.layout import Layout, Place
from visavis.view.render.lighting import STUDIO_LIGHT
from visavis.view.render.placement import Path, standing
from visavis.view.render.shots import Shot, best_azimuth, shot_of_all, shot_over_shoulder

ASPECT = 436 / 960
LAYOUTS = {
    "face to face": Layout.default(),
    "close": Layout.face_to_face(0.6),
    "across a long table": Layout.face_to_face(3.0),
    "one stands": Layout(Place((0.0, 1.2, -0.6), 0.0), Place((0.1, 1.65, 0.6), math.pi)),
    "at a corner": Layout(Place((-0.5, 1.2, 0.0), math.pi / 2), Place((0.0, 1.2, 0.6), math.pi)),
    "turned room": Layout(Place((0.6, 1.2, 0.2), -2.0), Place((-0.6, 1.2, -0.2), 1.1)),
}


def paths(layout: Layout) -> list[Path]:
    return [standing(layout.first), standing(layout.second)]


def shots(layout: Layout) -> tuple[Shot, Shot, Shot]:
    both = paths(layout)
    azimuth = best_azimuth(both)
    whole = shot_of_all(both, [0.14, 0.14], azimuth, ASPECT)
    return whole, shot_over_shoulder(both, 0, azimuth, ASPECT), shot_over_shoulder(both, 1, azimuth, ASPECT)


def heads(layout: Layout) -> np.ndarray:
    return layout.translations.astype(np.float64)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_a_camera_looks_at_its_aim_and_stands_upright(layout: Layout) -> None:
    for shot in shots(layout):
        np.testing.assert_allclose(shot.seen(shot.aim[None]), [[0, 0]], atol=1e-9)
        ahead = (shot.aim - shot.position) / np.linalg.norm(shot.aim - shot.position)
        right, up, back = shot.camera.turn()
        np.testing.assert_allclose(back, -ahead, atol=1e-9)
        assert right[1] == pytest.approx(0, abs=1e-9)
        assert up[1] > 0.8
        half = shot.seen((shot.aim + 0.5 * shot.camera.span * up)[None])
        np.testing.assert_allclose(half, [[0, 0.5]], atol=1e-9)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_who_is_watched_is_where_the_picture_wants_them_and_who_is_behind_frames_it(layout: Layout) -> None:
    wide = min(1 / ASPECT, 2.2)
    for of, shot in zip((0, 1), shots(layout)[1:], strict=True):
        near, far = shot.seen(heads(layout)[[of, 1 - of]])
        assert abs(far[0]) == pytest.approx(0.20 * wide, abs=0.01)
        assert shot.focus == pytest.approx(far[0], abs=0.01)
        assert far[1] == pytest.approx(0.09, abs=0.03)
        assert near[0] * far[0] < 0, "on either side of the middle"
        assert 0.2 * wide < abs(near[0]) < 0.5 * wide
        toward = shot.position - heads(layout)
        assert np.linalg.norm(toward[of]) < np.linalg.norm(toward[1 - of])
        assert np.linalg.norm(toward[of]) > 0.7, "nobody stands in the camera"


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_nobody_changes_sides_from_shot_to_shot(layout: Layout) -> None:
    """All cameras stand on one side of the line between both people; light comes from where the watched one looks."""
    first_is_left = [bool(np.diff(shot.seen(heads(layout))[:, 0])[0] > 0) for shot in shots(layout)]
    assert len(set(first_is_left)) == 1
    for of, shot in zip((0, 1), shots(layout)[1:], strict=True):
        assert shot.light.key[0] * shot.seen(heads(layout)[[of]])[0, 0] > 0


def test_faces_are_seen_from_before_over_the_shoulder() -> None:
    for of, shot in zip((0, 1), shots(Layout.default())[1:], strict=True):
        away = shot.position - heads(Layout.default())[1 - of]
        facing = np.array([0.0, 0.0, 1.0 if of else -1.0])
        assert np.degrees(np.arccos(away @ facing / np.linalg.norm(away))) < 25


def test_the_first_of_two_who_face_each_other_is_on_the_left() -> None:
    assert shots(Layout.default())[0].seen(heads(Layout.default()))[0, 0] < 0
    assert shots(Layout.default().swapped())[0].seen(heads(Layout.default()))[0, 0] > 0


def test_the_picture_of_all_holds_everybody_all_the_time() -> None:
    walking = Path(np.linspace([-1.0, 1.0, 0.0], [-0.4, 1.6, 0.0], 50), np.zeros(50))
    both = [walking, standing(Place((0.5, 1.2, 0.0), 0.0))]
    shot = shot_of_all(both, [0.14, 0.14], 0.0, ASPECT)
    for path in both:
        tops = shot.seen(path.positions + np.array([0, 0.14, 0]))
        assert np.abs(tops[:, 0]).max() < 0.5 / ASPECT
        assert tops[:, 1].max() < 0.5
    wide = shot.narrowest
    assert 0.9 * wide < np.ptp(np.concatenate([shot.seen(path.positions)[:, 0] for path in both])) + 2 * 0.19 / 0.7


def test_light_that_is_mirrored_comes_from_the_other_side() -> None:
    other = STUDIO_LIGHT.mirrored()
    np.testing.assert_allclose(other.key, STUDIO_LIGHT.key * [-1, 1, 1])
    np.testing.assert_array_equal(other.key_colour, STUDIO_LIGHT.key_colour)
    assert not Shot(np.zeros(3), shots(Layout.default())[0].camera).mirrored
    assert Shot(np.zeros(3), shots(Layout.default())[0].camera, other).mirrored
