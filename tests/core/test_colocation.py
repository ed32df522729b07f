from __future__ import annotations

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61, COLOCATED78, COLOCATED_ARKIT, FLAME56
from visavis.core.colocation import (
    body_facing,
    facing_frame,
    frames_towards,
    heading_frames,
    headings,
    placed,
    room_turns,
    seen_from,
    turned_room,
)
from visavis.core.errors import VisavisError
from visavis.core.layout import Layout
from visavis.core.motion import Motion
from visavis.core.rotations import turned
from visavis.core.spaces import MotionSpace

AHEAD = np.array([0.0, 0.0, 1.0])


def lively(frames: int = 40) -> Motion:
    """Weights, head and eyes that all move."""
    rng = np.random.default_rng(0)
    values = rng.uniform(0, 1, (frames, ARKIT61.width))
    for rotation in ARKIT61.rotations:
        values[:, list(rotation.channels)] = rng.uniform(-0.6, 0.6, (frames, 3))
    return Motion(values, ARKIT61, state=np.full(frames, "speaking"))


def at(position: tuple[float, float, float], space: MotionSpace = COLOCATED_ARKIT, **turns: list[float]) -> Motion:
    values = np.zeros((3, space.width))
    for group, turn in {"translation": list(position), **turns}.items():
        values[:, space.indices(group)] = turn
    return Motion(values, space)


def test_headings_and_frames_are_inverse() -> None:
    """A heading of 0 looks along +z, a quarter turn along +x; pitch is positive down."""
    assert headings(np.array([[0, 0, 2], [3, 0, 0], [0, -1, 1]])) == pytest.approx(
        np.array([[0, 0], [np.pi / 2, 0], [0, np.pi / 4]])
    )
    angles = np.random.default_rng(1).uniform(-1.4, 1.4, (50, 2))
    assert headings(turned(heading_frames(angles), AHEAD)) == pytest.approx(angles)


def test_there_and_back_again() -> None:
    motion = lively()
    for frame in (facing_frame(2.0), heading_frames(np.random.default_rng(2).uniform(-1, 1, (40, 2)))):
        room = placed(motion, frame, np.array([0.1, 1.2, -0.6]))
        np.testing.assert_allclose(room["translation"], np.tile([0.1, 1.2, -0.6], (40, 1)), atol=1e-7)
        back = seen_from(room, frame)
        np.testing.assert_allclose(back.values, motion.values, atol=2e-6)
        assert back.state is not None
        assert back.state.tolist() == ["speaking"] * 40


def test_only_what_was_captured_stays_captured() -> None:
    motion = lively()
    some = Motion(
        motion.values, ARKIT61, known=frozenset({"JawOpen", "HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw"})
    )
    room = placed(some, facing_frame(0.0), np.zeros(3))
    assert room.known == {"JawOpen", *(COLOCATED_ARKIT.channels[i] for i in COLOCATED_ARKIT.groups["pose"])}
    assert seen_from(room, facing_frame(0.0)).known == {"JawOpen", "HeadYaw", "HeadPitch", "HeadRoll"}
    assert placed(motion, facing_frame(0.0), np.zeros(3)).known is None


def test_who_looks_at_the_partner_looks_ahead_in_arkit61() -> None:
    first, second = at((-0.5, 1.2, -0.5), neck=[0, np.pi / 4, 0]), at((0.5, 1.2, 0.5), neck=[0, -3 * np.pi / 4, 0])
    for own, other in ((first, second), (second, first)):
        np.testing.assert_allclose(seen_from(own, frames_towards(own, other))["pose"], 0, atol=1e-6)


def test_turning_to_the_own_right_is_a_positive_yaw() -> None:
    """Who looks along +z has +x to the left, so a turn about y to +x is to the own left."""
    first, second = at((0, 1.2, -0.5), pose=[0, -0.3, 0]), at((0, 1.2, 0.5))
    alone = seen_from(first, frames_towards(first, second))
    np.testing.assert_allclose(alone["pose"], np.tile([0.3, 0, 0], (3, 1)), atol=1e-6)


def test_a_taller_partner_is_looked_up_at() -> None:
    seated, standing = at((0, 1.2, -0.5)), at((0, 1.7, 0.5))
    down = seen_from(seated, frames_towards(seated, standing))["HeadPitch"]
    np.testing.assert_allclose(down, np.arctan2(0.5, 1.0), atol=1e-6)


def test_the_body_faces_where_the_neck_points_on_average() -> None:
    values = np.zeros((2, COLOCATED_ARKIT.width))
    values[:, COLOCATED_ARKIT.indices("neck")[1]] = [0.9, 1.1]
    values[:, COLOCATED_ARKIT.indices("pose")[1]] = 0.4
    motion = Motion(values, COLOCATED_ARKIT)
    np.testing.assert_allclose(body_facing(motion), facing_frame(1.0), atol=1e-7)
    np.testing.assert_allclose(seen_from(motion, body_facing(motion))["HeadYaw"][:, 0], [-0.3, -0.5], atol=1e-6)


def test_a_turned_room_changes_nothing_between_people() -> None:
    layout = Layout.default()
    first, second = (
        placed(lively(), facing_frame(place.facing_rad), np.array(place.position))
        for place in (layout.first, layout.second)
    )
    before = seen_from(first, frames_towards(first, second)).values
    first, second = turned_room(first, 0.7), turned_room(second, 0.7)
    np.testing.assert_allclose(seen_from(first, frames_towards(first, second)).values, before, atol=5e-6)
    assert first["translation"][0] == pytest.approx([-0.6 * np.sin(0.7), 1.2, -0.6 * np.cos(0.7)], abs=1e-6)


def test_motion_without_a_place_is_refused() -> None:
    flame = Motion(np.zeros((2, FLAME56.width)), FLAME56)
    with pytest.raises(VisavisError, match="flame56 does not say where the person is"):
        frames_towards(flame, at((0, 0, 0)))
    with pytest.raises(VisavisError, match="no neck"):
        body_facing(flame)
    with pytest.raises(VisavisError, match="cannot be placed in a room; give motion in arkit61"):
        placed(flame, facing_frame(0), np.zeros(3))
    assert seen_from(at((0, 0, 0), COLOCATED78, neck=[0.2, 0, 0]), facing_frame(0))["HeadPitch"][0, 0] == pytest.approx(
        0.2
    )


def test_who_looks_back_has_one_form_of_turn() -> None:
    """Opposite to +z a turn of half a circle has two forms; all who are there have the same, and it does not jump."""
    for start in (170, 190, -170, -101, 250):
        around = heading_frames(np.radians([[start + step, 0] for step in range(-9, 10)]))
        turns = np.degrees(room_turns(around)[:, 1])
        np.testing.assert_allclose(turns, np.arange(-9, 10) + start % 360, atol=1e-9)
    for start in (-60, 0, 75):
        around = heading_frames(np.radians([[start, 0.0]]))
        np.testing.assert_allclose(np.degrees(room_turns(around)), [[0, start, 0]], atol=1e-9)
    behind = placed(lively(), facing_frame(np.pi + 0.01), np.zeros(3))
    np.testing.assert_allclose(behind["neck"][:, 1], np.pi + 0.01, rtol=1e-6)
    assert len(room_turns(np.zeros((0, 4)))) == 0
