from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch

from visavis.core.builtin_spaces import ARKIT61, ARKIT_WEIGHTS, COLOCATED78, COLOCATED_ARKIT
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.models.talking_together.surface import own_head
from visavis.view.people.skin_in_room import has_skin_in_room, skin_in_room


def person(**channels: float) -> Motion:
    values = np.zeros((3, COLOCATED_ARKIT.width), np.float32)
    for name, value in channels.items():
        values[:, COLOCATED_ARKIT.indices(name)] = value
    return Motion(values, COLOCATED_ARKIT)


def test_spaces_with_weights_and_places_have_a_skin_in_a_room() -> None:
    assert has_skin_in_room(COLOCATED_ARKIT)
    assert not has_skin_in_room(ARKIT61)
    assert not has_skin_in_room(COLOCATED78)
    with pytest.raises(VisavisError, match="does not say where the person is"):
        skin_in_room(Motion(np.zeros((1, ARKIT61.width), np.float32), ARKIT61))


def test_it_is_where_the_person_is_and_turns_about_the_middle_of_the_eyes() -> None:
    rest = skin_in_room(person())
    assert rest.shape[2] == 3
    assert 500 < rest.shape[1] < 1500
    assert np.ptp(rest[0, :, 1]) > 150, "a head, in millimetres"
    moved = person()
    moved.values[:, COLOCATED_ARKIT.indices("translation")] = (1.0, 0.5, -2.0)
    np.testing.assert_allclose(skin_in_room(moved) - rest, np.broadcast_to([1000, 500, -2000], rest.shape), atol=1e-3)
    back = person()
    back.values[:, COLOCATED_ARKIT.indices("neck")[1]] = np.pi
    np.testing.assert_allclose(skin_in_room(back), rest * [-1, 1, -1], atol=1e-3)


def test_errors_are_those_of_the_whole_skin() -> None:
    """`own_head` holds the mean products of all vertices of the skin."""
    opened = person(JawOpen=0.6, MouthSmileLeft=0.4)
    named = torch.tensor([float(opened[name][0, 0]) for name in ARKIT_WEIGHTS])
    found = np.square(skin_in_room(opened) - skin_in_room(person())).sum(-1).mean()
    assert found == pytest.approx(float(own_head().shape_square(named)), rel=0.05)


def test_other_processes_can_have_it() -> None:
    assert pickle.loads(pickle.dumps(skin_in_room)) is skin_in_room
