from __future__ import annotations

import numpy as np
import pytest

from visavis.core.colocation import headings
from visavis.data.simulate.colocation.rooms import APART_M, ARRANGEMENTS, EYES_M, POSTURES, Room, draw_room


@pytest.fixture(scope="module")
def rooms() -> list[Room]:
    return [draw_room(np.random.default_rng(seed)) for seed in range(300)]


def past_partner_deg(room: Room) -> list[float]:
    """How far each body is turned away from the other person."""
    pairs = ((room.layout.first, room.layout.second), (room.layout.second, room.layout.first))
    turns = [headings(np.subtract(other.position, own.position))[0] - own.facing_rad for own, other in pairs]
    return [float(np.degrees(np.angle(np.exp(1j * turn)))) for turn in turns]


def test_the_same_generator_gives_the_same_room() -> None:
    assert draw_room(np.random.default_rng(3)) == draw_room(np.random.default_rng(3))


def test_rooms_come_as_often_as_is_said(rooms: list[Room]) -> None:
    for arrangement, share in ARRANGEMENTS.items():
        assert np.mean([room.arrangement == arrangement for room in rooms]) == pytest.approx(share, abs=0.08)
    for seated, share in POSTURES.items():
        assert np.mean([room.seated == seated for room in rooms]) == pytest.approx(share, abs=0.08)


def test_people_are_around_the_origin_at_the_heights_of_their_postures(rooms: list[Room]) -> None:
    for room in rooms:
        first, second = room.layout.translations
        np.testing.assert_allclose((first + second)[[0, 2]], 0, atol=1e-6)
        apart = np.linalg.norm((second - first)[[0, 2]])
        bounds = APART_M[all(room.seated)]
        assert 0.75 * bounds.least - 1e-6 <= apart <= bounds.most + 1e-6
        for sits, height in zip(room.seated, (first[1], second[1]), strict=True):
            assert EYES_M[sits].least - 1e-6 <= height <= EYES_M[sits].most + 1e-6


def test_bodies_face_as_they_are_arranged(rooms: list[Room]) -> None:
    typical = {"face to face": 7, "at a corner": 45, "side by side": 55}
    for arrangement, expected in typical.items():
        turns = [past_partner_deg(room) for room in rooms if room.arrangement == arrangement]
        assert np.median(np.abs(turns)) == pytest.approx(expected, abs=4)
        assert np.abs(turns).max() < 100
        if arrangement != "face to face":
            assert all(first * second < 0 for first, second in turns), "both turn to the same side of the room"
    first = np.degrees([room.layout.first.facing_rad for room in rooms])
    assert np.abs(first).max() < 80, "the first looks along +z"
    facing = [room.layout.second.facing_rad for room in rooms if room.arrangement == "face to face"]
    assert np.cos(facing).max() < -0.75


def test_things_can_be_seen_by_both_and_are_not_behind_the_partner(rooms: list[Room]) -> None:
    between = 0
    for room in rooms:
        assert 1 <= len(room.things) <= 3
        lowest = min(place.position[1] for place in (room.layout.first, room.layout.second))
        if room.things == ((0.0, lowest - 0.35, 0.0),):
            between += 1
            continue
        for thing in room.things:
            for place, other in ((room.layout.first, room.layout.second), (room.layout.second, room.layout.first)):
                ahead, partner = (np.subtract(to, place.position) for to in (thing, other.position))
                cosine = ahead @ partner / np.linalg.norm(ahead) / np.linalg.norm(partner)
                assert 17.9 < np.degrees(np.arccos(cosine)) < 70.1
                heading, pitch = headings(ahead)
                assert abs(np.degrees(np.angle(np.exp(1j * (heading - place.facing_rad))))) < 65.1
                assert abs(np.degrees(pitch)) < 30.1
                assert np.linalg.norm(ahead) > 0.7
    assert between < 0.2 * len(rooms), "what lies between people is for those who see nothing else"
