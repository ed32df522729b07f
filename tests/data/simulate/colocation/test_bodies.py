from __future__ import annotations

import numpy as np
import pytest

from visavis.core.clock import FPS
from visavis.core.colocation import headings
from visavis.core.layout import Layout, Place
from visavis.core.rotations import inverse, multiply, to_quaternion, turned
from visavis.data.simulate.colocation.bodies import (
    EYES_RAD,
    Carriage,
    Eyes,
    Stance,
    carry,
    draw_stance,
    hold_still,
    look,
)
from visavis.data.simulate.colocation.glances import Glance

AHEAD = np.array([0.0, 0.0, 1.0])
LAYOUT = Layout.default()
FRAMES = 20 * FPS
NOTHING = np.zeros((FRAMES, 2))
STILL = np.tile([1.0, 0.0, 0.0, 0.0], (FRAMES, 1))
THING = np.array([[1.0, 1.0, 0.3]])


def carried(
    own: Place, partner: Place, glances: list[Glance], gestures: np.ndarray = STILL, *, centred: float = 1.0
) -> Carriage:
    stance = Stance(own, True, centred)
    return carry(np.random.default_rng(1), stance, partner, glances, gestures, NOTHING, THING)


def gaze(own: Carriage, partner: Carriage) -> np.ndarray:
    """Where the middle of both eyes looks in the room, unit vectors (T, 3)."""
    turns = [multiply(own.head, to_quaternion(turn, "axis-angle")) for turn in look(own, partner).turns()]
    mean = np.mean([turned(turn, AHEAD) for turn in turns], axis=0)
    return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True))


def degrees_between(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.asarray(np.degrees(np.arccos(np.clip(np.sum(first * second, axis=-1), -1, 1))))


def towards(position: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.asarray((other - position) / np.linalg.norm(other - position, axis=-1, keepdims=True))


def lively(size: float = 0.2) -> np.ndarray:
    """A head that nods and shakes and tilts."""
    t = np.arange(FRAMES)[:, None] / FPS
    return to_quaternion(size * np.sin(2 * np.pi * t * [0.7, 1.9, 0.5]), "yaw-pitch-roll")


def test_eyes_stay_on_the_partner_whatever_both_heads_do() -> None:
    first = carried(LAYOUT.first, LAYOUT.second, [Glance(0)], lively())
    second = carried(LAYOUT.second, LAYOUT.first, [Glance(0)], lively(0.1))
    for own, other in ((first, second), (second, first)):
        assert degrees_between(gaze(own, other), towards(own.translation, other.translation)).max() < 0.1
    assert np.ptp(headings(turned(first.head, AHEAD)), axis=0).min() > 0.15, "and the head still moves"


def test_what_the_head_does_is_on_top_of_how_it_is_held() -> None:
    small = lively(0.03)
    moving, still = (carried(LAYOUT.first, LAYOUT.second, [Glance(0)], move) for move in (small, STILL))
    np.testing.assert_allclose(moving.head, multiply(still.head, small), atol=1e-9)
    np.testing.assert_array_equal(moving.neck, still.neck)


def test_the_head_turns_from_the_body_to_the_partner() -> None:
    """A body that faces 60 degrees past: half of the turn is in the neck, and the face looks at the partner."""
    aside = Place(LAYOUT.first.position, np.radians(60))
    whole = carried(aside, LAYOUT.second, [Glance(0)])
    ahead = np.degrees(headings(turned(whole.head, AHEAD)))
    np.testing.assert_allclose(ahead, np.zeros((FRAMES, 2)), atol=0.5)
    neck = np.degrees(headings(turned(whole.neck, AHEAD)))
    assert abs(neck[:, 0].mean() - 30) < 3
    partly = carried(aside, LAYOUT.second, [Glance(0)], centred=0.9)
    assert np.degrees(headings(turned(partly.head, AHEAD)))[:, 0].mean() == pytest.approx(4, abs=2.1)


def test_eyes_go_first_and_the_head_follows_with_part_of_the_way() -> None:
    own = carried(LAYOUT.first, LAYOUT.second, [Glance(0), Glance(100, "own thought", (0.35, -0.1))])
    partner = hold_still(Stance(LAYOUT.second, True, 1.0), LAYOUT.first, FRAMES)
    looked, head = headings(gaze(own, partner))[:, 0], headings(turned(own.head, AHEAD))[:, 0]
    past = looked - headings(partner.translation - own.translation)[:, 0]
    assert past[90] == pytest.approx(0, abs=1e-3)
    assert past[150] == pytest.approx(-0.35, abs=1e-3), "to the own right is a negative heading"
    assert -0.35 < head[150] - head[90] < -0.1
    halves = [int(np.argmax(angle[95:] < (angle[90] + angle[150]) / 2)) for angle in (looked, head)]
    assert halves[0] <= 6
    assert halves[0] + 3 <= halves[1] <= 16
    assert np.abs(np.diff(head)).max() < np.abs(np.diff(looked)).max() / 2


def test_things_are_looked_at_where_they_are() -> None:
    own = carried(LAYOUT.first, LAYOUT.second, [Glance(0), Glance(100, "own interest", thing=0)])
    partner = hold_still(Stance(LAYOUT.second, True, 1.0), LAYOUT.first, FRAMES)
    past = degrees_between(gaze(own, partner), towards(own.translation, THING))
    assert past[:95].min() > 30
    assert past[125:].max() < 3
    assert own.far[-1] == pytest.approx(np.linalg.norm(THING[0] - LAYOUT.first.position))


def test_eyes_stay_within_their_range() -> None:
    """A head that is held 50 degrees past the partner: the eyes go as far as they can, straight towards the partner."""
    away = hold_still(Stance(Place(LAYOUT.first.position, np.radians(50)), True, 0.0), LAYOUT.second, 3)
    partner = hold_still(Stance(LAYOUT.second, True, 1.0), LAYOUT.first, 3)
    eyes = look(away, partner)
    turns = [np.linalg.norm(turn, axis=1) for turn in eyes.turns()]
    assert np.max(turns) == pytest.approx(EYES_RAD, abs=1e-6)
    assert (eyes.left[:, 0] < 0).all()
    np.testing.assert_allclose(eyes.left[:, 1], 0, atol=1e-9)


def test_eyes_meet_where_they_look() -> None:
    """Lines from both eyes, 63 mm apart, cross at the partner."""
    own = hold_still(Stance(LAYOUT.first, True, 1.0), LAYOUT.second, 2)
    partner = hold_still(Stance(LAYOUT.second, True, 1.0), LAYOUT.first, 2)
    eyes = look(own, partner)
    np.testing.assert_allclose(eyes.left[:, 0], -np.arctan(0.0315 / 1.2), atol=1e-9)
    np.testing.assert_allclose(eyes.right, -eyes.left, atol=1e-9)


def test_eyes_do_not_roll() -> None:
    angles = np.random.default_rng(0).uniform(-0.5, 0.5, (50, 2))
    left, right = Eyes(angles, -angles).turns()
    assert not left[:, 2].any()
    for turn, given in ((left, angles), (right, -angles)):
        np.testing.assert_allclose(headings(turned(to_quaternion(turn, "axis-angle"), AHEAD)), given, atol=1e-12)


def test_bodies_sway_around_their_places_and_heads_swing_about_a_pivot() -> None:
    frames = 400 * FPS
    for seated, aside, ahead in ((True, 0.011, 0.015), (False, 0.017, 0.02)):
        stance = Stance(Place((0.0, 1.2, -0.6), 0.0), seated, 1.0)
        still = np.tile([1.0, 0.0, 0.0, 0.0], (frames, 1))
        own = carry(np.random.default_rng(5), stance, LAYOUT.second, [Glance(0)], still, np.zeros((frames, 2)), THING)
        np.testing.assert_allclose(own.translation.mean(axis=0), (0, 1.2, -0.6), atol=0.006)
        np.testing.assert_allclose(own.translation.std(axis=0)[[0, 2]], (aside, ahead), rtol=0.15)
    nodding = carried(
        LAYOUT.first, LAYOUT.second, [Glance(0)], to_quaternion(np.tile([0, 0.1, 0], (FRAMES, 1)), "yaw-pitch-roll")
    )
    resting = carried(LAYOUT.first, LAYOUT.second, [Glance(0)])
    moved = (nodding.translation - resting.translation).mean(axis=0)
    np.testing.assert_allclose(moved, (0, -0.0096, 0.0105), atol=0.001)


def test_who_holds_still_looks_at_the_partner_and_stays() -> None:
    stance = draw_stance(np.random.default_rng(0), LAYOUT.second, True)
    own, partner = hold_still(stance, LAYOUT.first, 5), hold_still(Stance(LAYOUT.first, True, 1.0), LAYOUT.second, 5)
    np.testing.assert_array_equal(own.translation, np.tile(LAYOUT.second.position, (5, 1)))
    assert degrees_between(gaze(own, partner), towards(own.translation, partner.translation)).max() < 1e-4
    assert np.ptp(multiply(inverse(own.neck), own.head), axis=0).max() == 0
