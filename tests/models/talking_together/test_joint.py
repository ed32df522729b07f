"""New frames bent until they go on from those before."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from visavis.core.spaces import space_named
from visavis.models.talking_together.joint import bent, carried_on, crossfaded
from visavis.models.talking_together.rollout import soft_channels


def jerk(before: Tensor, new: Tensor) -> Tensor:
    return torch.cat([before, new], dim=-2).diff(n=3, dim=-2).abs()


def test_what_goes_on_by_itself_stays_as_it_is() -> None:
    times = torch.arange(-10.0, 40.0)[:, None]
    line = 0.3 * times + 0.01 * times**2
    assert torch.allclose(bent(line[:10], line[10:]), line[10:], atol=1e-4)


def test_a_jump_becomes_a_soft_bend_that_is_over_in_a_third_of_a_second() -> None:
    before, new = torch.ones(10, 1), torch.zeros(40, 1)
    joined = bent(before, new)
    assert float(jerk(before, joined).max()) < 0.3 < 1 < float(jerk(before, new).max())
    assert 0.7 < float(joined[0]) < 1
    assert float(joined.abs().max()) <= 1
    assert float(joined[8:].abs().max()) < 0.1
    assert torch.equal(joined[16:], new[16:])


def test_slow_movement_is_hardly_bent() -> None:
    slow = torch.sin(0.5 * torch.arange(60.0))[:, None]
    assert torch.allclose(bent(slow[:10], slow[10:]), slow[10:], atol=0.1)


def test_quick_channels_stay_as_they_are_where_the_overlap_is_what_it_was() -> None:
    quick = torch.sin(2.0 * torch.arange(60.0))[:, None].expand(-1, 2)
    soft = torch.tensor([False, True])
    joined = carried_on(quick[:10], quick, soft)
    assert torch.equal(joined[:, 0], quick[10:, 0])
    assert float((joined[:, 1] - quick[10:, 1]).abs().max()) > 0.5


def test_quick_channels_come_to_rest_from_where_the_overlap_was() -> None:
    again = torch.zeros(50, 1)
    joined = carried_on(torch.ones(10, 1), again, torch.tensor([False]))
    assert torch.equal(joined, bent(torch.ones(10, 1), again[10:]))


def test_slow_channels_go_over_from_what_was_drawn_beyond_the_joint() -> None:
    drawn, beyond = torch.zeros(50, 2), torch.ones(3, 2)
    joined = crossfaded(torch.zeros(10, 2), beyond, drawn, torch.tensor([True, False]))
    assert joined[:4, 0].tolist() == [0.75, 0.5, 0.25, 0]
    assert not joined[4:].any()
    assert not joined[:, 1].any(), "lips are what the new window says"


def test_lips_and_looks_are_quick_and_heads_are_soft() -> None:
    space = space_named("colocated_arkit")
    soft = soft_channels(space)
    assert bool(soft[list(space.groups["pose"])].all())
    assert not bool(soft[list(space.spoken)].any())
    assert not bool(soft[list(space.indices("blink"))].any())
    assert not bool(soft[list(space.indices("gaze"))].any())
    assert bool(soft_channels(space, eyes=True)[list(space.indices("gaze"))].all())


def test_it_is_linear_and_each_channel_by_itself() -> None:
    torch.manual_seed(0)
    before, new = torch.randn(2, 3, 5, 4), torch.randn(2, 3, 30, 4)
    made = bent(before, new)
    assert torch.allclose(bent(2 * before, 2 * new), 2 * made, atol=1e-5)
    assert torch.allclose(bent(before[1, 2, :, 3:], new[1, 2, :, 3:]), made[1, 2, :, 3:], atol=1e-5)


@pytest.mark.parametrize(("known", "frames"), [(0, 30), (1, 30), (2, 10), (5, 5), (5, 3), (5, 1)])
def test_few_frames_are_joined_as_far_as_they_reach(known: int, frames: int) -> None:
    before, new = torch.ones(known, 2), torch.zeros(frames, 2)
    joined = bent(before, new)
    assert joined.shape == new.shape
    assert torch.equal(joined, new) is (known == 0 or frames <= 3)
