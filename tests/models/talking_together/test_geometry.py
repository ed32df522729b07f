from __future__ import annotations

import numpy as np
import pytest
import torch

from visavis.analysis.gaze import gaze_directions
from visavis.core.builtin_spaces import ARKIT61, COLOCATED_ARKIT, FLAME56
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.models.talking_together.geometry import HeadGeometry, cosine_distance, most_turning, turning

GEOMETRY = HeadGeometry(COLOCATED_ARKIT)


def turned(**groups: list[float]) -> torch.Tensor:
    motion = torch.zeros(67)
    for name, values in groups.items():
        motion[COLOCATED_ARKIT.indices(name)] = torch.tensor(values)
    return motion


@pytest.mark.parametrize("space", [COLOCATED_ARKIT, ARKIT61], ids=lambda space: space.name)
def test_gaze_is_that_of_the_analysis(space: MotionSpace) -> None:
    values = 0.5 * np.random.default_rng(0).standard_normal((20, space.width)).astype(np.float32)
    found = HeadGeometry(space).gaze(torch.from_numpy(values))
    np.testing.assert_allclose(found, gaze_directions(Motion(values, space)), atol=1e-5)


def test_neck_head_and_eyes_add_up_about_one_axis() -> None:
    motion = turned(neck=[0, 0.2, 0], pose=[0, 0.3, 0], gaze=[0, 0.1, 0, 0, 0.1, 0])
    np.testing.assert_allclose(GEOMETRY.gaze(motion), [np.sin(0.6), 0, np.cos(0.6)], atol=1e-6)
    np.testing.assert_allclose(GEOMETRY.facing(motion), [np.sin(0.5), 0, np.cos(0.5)], atol=1e-6)
    down = turned(pose=[0.4, 0, 0])
    np.testing.assert_allclose(GEOMETRY.gaze(down), [0, -np.sin(0.4), np.cos(0.4)], atol=1e-6)


def test_rotations_act_from_the_neck_outwards() -> None:
    """A quarter turn of the neck, then a head that nods: the nod is about the turned axis."""
    quarter = np.pi / 2
    motion = turned(neck=[0, quarter, 0], pose=[0.3, 0, 0])
    np.testing.assert_allclose(GEOMETRY.gaze(motion), [np.cos(0.3), -np.sin(0.3), 0], atol=1e-6)
    np.testing.assert_allclose(GEOMETRY.head_matrix(motion)[:, 2], GEOMETRY.facing(motion), atol=1e-6)


def test_eyes_that_squint_alike_look_ahead() -> None:
    np.testing.assert_allclose(GEOMETRY.gaze(turned(gaze=[0, 0.3, 0, 0, -0.3, 0])), [0, 0, 1], atol=1e-6)


def test_a_space_without_eyes_or_head_sees_nothing() -> None:
    assert GEOMETRY.sees
    flame = HeadGeometry(FLAME56)
    assert (flame.turns, flame.sees) == (True, False)


def test_the_distance_of_directions_is_one_minus_their_cosine() -> None:
    first = torch.tensor([[0.0, 0, 1], [1, 0, 0], [0, 0, 1]])
    second = torch.tensor([[0.0, 0, 1], [0, 0, 1], [0, 0, -1]])
    assert cosine_distance(first, second).tolist() == [0, 1, 2]


def test_the_fifth_of_a_batch_that_turns_most_is_found() -> None:
    angles = torch.tensor([0.0, 0.1, 0.5, 0.2, 1.0, 0.3, 0.0, 0.1, 0.2, 0.3])
    swing = torch.sin(torch.linspace(0, 12, 40))
    facing = torch.stack([torch.stack([(a * swing).sin(), 0 * swing, (a * swing).cos()], dim=-1) for a in angles])
    turns = turning(facing)
    assert turns[0] == pytest.approx(0, abs=1e-6)
    assert torch.nonzero(most_turning(turns, 0.2)).flatten().tolist() == [2, 4]
    assert torch.nonzero(most_turning(turns[:3], 0.2)).flatten().tolist() == [2]
