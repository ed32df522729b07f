from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.rooms import PLACES, roomed
from visavis.analysis.gaze import angle_to_partner_deg, gaze_directions
from visavis.core.builtin_spaces import ARKIT61, COLOCATED78, COLOCATED_ARKIT
from visavis.core.layout import Layout
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.models.talking_together.additions import TogetherAdditions
from visavis.models.talking_together.room import Room, headings, people_of, usual_places

FRAMES = 8
OURS = TogetherAdditions(partner_frame=True)
AIMED = TogetherAdditions(partner_frame=True, partner_gaze=True)
MOVED, NECK = COLOCATED_ARKIT.indices("translation"), COLOCATED_ARKIT.indices("neck")
EYES = COLOCATED_ARKIT.indices("gaze")


def places(frames: int = FRAMES) -> torch.Tensor:
    return torch.tensor(PLACES, dtype=torch.float32).expand(1, frames, 2, 3)


def both(turn: float = 0.0) -> torch.Tensor:
    motion = torch.stack([torch.from_numpy(roomed(FRAMES, person, 0).values) for person in (0, 1)])[None]
    motion[..., NECK[1]] += turn
    return motion


def test_in_the_rooms_frame_a_displacement_is_translation_minus_place() -> None:
    room = Room(COLOCATED_ARKIT, TogetherAdditions())
    inwards = room.inwards(both(), places())
    torch.testing.assert_close(inwards[0, 1, :, MOVED], both()[0, 1, :, MOVED] - torch.tensor(PLACES[1]).float())
    others = [i for i in range(67) if i not in MOVED]
    assert torch.equal(inwards[..., others], both()[..., others])
    torch.testing.assert_close(room.told(places())[0, 1, 0], torch.tensor([*PLACES[1], *PLACES[0]]).float())


@pytest.mark.parametrize("additions", [TogetherAdditions(), OURS, AIMED, TogetherAdditions(partner_gaze=True)])
@pytest.mark.parametrize("space", [COLOCATED_ARKIT, COLOCATED78], ids=lambda space: space.name)
def test_motion_comes_back(space: MotionSpace, additions: TogetherAdditions) -> None:
    room = Room(space, additions)
    motion = torch.stack([torch.from_numpy(roomed(FRAMES, person, 0, space).values) for person in (0, 1)])[None]
    back = room.outwards(room.inwards(motion, places()), places())
    torch.testing.assert_close(back, motion, atol=1e-5, rtol=0)


def test_towards_the_partner_is_straight_ahead_wherever_people_sit() -> None:
    """Turning the room about its upright axis changes nothing that the network sees."""
    room = Room(COLOCATED_ARKIT, OURS)
    seen, told = room.inwards(both(), places()), room.told(places())
    assert seen[..., NECK].norm(dim=-1).max() < 0.6
    for angle in (0.7, 2.5, -2.0):
        cos, sin = np.cos(angle), np.sin(angle)
        turn = torch.tensor([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]], dtype=torch.float32)
        there = places() @ turn.T
        motion = both(angle)
        motion[..., MOVED] = both()[..., MOVED] @ turn.T
        upright = both()[..., NECK] * torch.tensor([0.0, 1, 0])
        motion[..., NECK] = upright + torch.tensor([0, angle, 0])
        expected = both()
        expected[..., NECK] = upright
        torch.testing.assert_close(room.told(there), told, atol=1e-5, rtol=0)
        torch.testing.assert_close(room.inwards(motion, there), room.inwards(expected, places()), atol=1e-5, rtol=0)
    torch.testing.assert_close(told[..., 2:4], torch.zeros_like(told[..., 2:4]), atol=1e-6, rtol=0)
    torch.testing.assert_close(told[0, :, 0, 5], torch.full((2,), float(np.hypot(0.3, 1.3))))


def test_how_far_up_the_partner_is_is_told_in_tenths_of_a_radian() -> None:
    told = Room(COLOCATED_ARKIT, OURS).told(places())
    away = PLACES[1] - PLACES[0]
    up = 10 * np.arctan2(away[1], np.hypot(away[0], away[2]))
    np.testing.assert_allclose(told[0, :, 0, 0], [up, -up], rtol=1e-5)
    assert abs(up) > 0.1


def test_a_head_without_rotation_in_the_partners_frame_looks_level_at_the_partner() -> None:
    room = Room(COLOCATED_ARKIT, OURS)
    outwards = room.outwards(torch.zeros(1, 2, FRAMES, 67), places())
    for person in (0, 1):
        motion = Motion(outwards[0, person].numpy(), COLOCATED_ARKIT)
        away = (PLACES[1 - person] - PLACES[person]) * [1, 0, 1]
        np.testing.assert_allclose(gaze_directions(motion)[0], away / np.linalg.norm(away), atol=1e-6)
        np.testing.assert_allclose(motion["translation"][0], PLACES[person], atol=1e-6)


@pytest.mark.parametrize("partner_frame", [False, True])
def test_eyes_that_are_not_turned_look_at_the_partners_eyes_whatever_heads_do(partner_frame: bool) -> None:
    room = Room(COLOCATED_ARKIT, TogetherAdditions(partner_frame=partner_frame, partner_gaze=True))
    taken = room.inwards(both(), places())
    taken[..., EYES] = 0.0
    first, second = (Motion(one.numpy(), COLOCATED_ARKIT) for one in room.outwards(taken, places())[0])
    for person, partner in ((first, second), (second, first)):
        assert np.abs(person["pose"]).max() > 0.05
        np.testing.assert_allclose(angle_to_partner_deg(person, partner), 0.0, atol=1e-2)


@pytest.mark.parametrize("partner_frame", [False, True])
def test_how_far_past_the_partner_somebody_looks_is_what_the_analysis_says(partner_frame: bool) -> None:
    room = Room(COLOCATED_ARKIT, TogetherAdditions(partner_frame=partner_frame, partner_gaze=True))
    along = room.gaze(room.inwards(both(), places()))[0]
    first, second = (Motion(one.numpy(), COLOCATED_ARKIT) for one in both()[0])
    for person, partner, looks in ((first, second, along[0]), (second, first, along[1])):
        past = np.degrees(np.arccos(looks[:, 2].clamp(-1, 1).numpy()))
        np.testing.assert_allclose(past, angle_to_partner_deg(person, partner), atol=0.05)
        assert past.min() > 1


def test_somebody_is_looked_at_where_they_were_at_first_where_nothing_else_is_known_of_them() -> None:
    room, motion, known = Room(COLOCATED_ARKIT, AIMED), both(), torch.ones(1, 2, 67, dtype=torch.bool)
    still, lost = motion.clone(), motion.clone()
    still[:, 1][..., MOVED] = places()[:, :, 1]
    lost[:, 1] = torch.nan
    known[:, 1] = False
    expected = room.inwards(still, places())[:, 0]
    torch.testing.assert_close(room.inwards(lost, places(), known)[:, 0], expected, atol=1e-6, rtol=0)


def test_where_eyes_look_is_known_with_head_and_place_alone() -> None:
    room, known = Room(COLOCATED_ARKIT, AIMED), torch.ones(3, 67, dtype=torch.bool)
    known[1, MOVED[0]] = False
    known[2, 0] = False
    taken = room.known(known)
    assert taken[:, EYES].all(1).tolist() == [True, False, True]
    assert not taken[1, EYES].any()
    others = [i for i in range(67) if i not in EYES]
    assert torch.equal(taken[:, others], known[:, others])
    assert torch.equal(Room(COLOCATED_ARKIT, OURS).known(known), known)


def test_somebody_opposite_turns_smoothly_past_half_a_turn() -> None:
    room = Room(COLOCATED_ARKIT, OURS)
    local = torch.zeros(1, 2, 41, 67)
    local[..., NECK[1]] = torch.linspace(-0.5, 0.5, 41)
    necks = room.outwards(local, places(41))[0, 1, :, NECK]
    assert necks.diff(dim=0).norm(dim=-1).max() < 0.05
    assert necks.norm(dim=-1).min() < np.pi < necks.norm(dim=-1).max()


def test_a_space_without_places_stays_as_it_is() -> None:
    room, motion = Room(ARKIT61, OURS), torch.randn(1, 2, FRAMES, 61)
    assert torch.equal(room.inwards(motion, places()), motion)
    assert torch.equal(room.outwards(motion, places()), motion)


def test_places_come_person_by_person() -> None:
    told = torch.arange(6.0).expand(1, 2, 6)
    assert people_of(told)[0, 0].tolist() == [[0, 1, 2], [3, 4, 5]]
    np.testing.assert_array_equal(usual_places(told), Layout.default().translations)
    np.testing.assert_allclose(headings(usual_places(told).expand(1, 1, 2, 3))[0, :, 0].abs(), [0, np.pi], atol=1e-6)
