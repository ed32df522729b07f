from __future__ import annotations

import torch

from visavis.data.known import by_channel, by_group, complete, counted_frames, neutral
from visavis.data.windows import Batch

GROUPS = [torch.tensor([0, 1, 2]), torch.tensor([3, 4])]


def some(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def test_a_weighted_mean_is_the_mean_over_what_counts() -> None:
    error, counted = some(6, 4, 5), some(6, 4, 5, seed=1) < 0.4
    weighed = error * by_group(counted, GROUPS)
    for group in GROUPS:
        torch.testing.assert_close(weighed[..., group].mean(), error[..., group][counted[..., group]].mean())
    weighed = error * by_channel(counted)
    for channel in range(5):
        torch.testing.assert_close(weighed[..., channel].mean(), error[..., channel][counted[..., channel]].mean())


def test_where_all_counts_every_weight_is_exactly_one_and_where_nothing_does_zero() -> None:
    counted = torch.ones(7, 11, 5, dtype=torch.bool)
    assert torch.equal(by_group(counted, GROUPS), counted.float())
    assert torch.equal(by_channel(counted), counted.float())
    counted[..., 3:] = False
    for weights in (by_group(counted, GROUPS), by_channel(counted)):
        assert torch.equal(weights, counted.float())


def test_what_is_unknown_stands_at_the_mean_whatever_is_written_there() -> None:
    motion, known = some(2, 3, 4), torch.tensor([[True, False, True, True], [True, True, True, True]])
    motion[0, :, 1] = torch.nan
    found = neutral(motion, known)
    assert torch.count_nonzero(found[0, :, 1]) == 0
    motion[0, :, 1] = 0
    assert torch.equal(found, motion)
    assert neutral(motion, None) is motion
    motion[0, :, 1] = torch.nan
    mean = some(4, seed=2)
    found = neutral(motion, known, mean)
    assert torch.equal(found[0, :, 1], mean[1].expand(3))
    assert torch.equal(found[1], motion[1])


def test_a_frame_counts_in_known_channels_where_it_is_learned_from() -> None:
    motion = some(2, 3, 2)
    batch = Batch(some(2, 1920), some(2, 1920), motion, motion, torch.ones(2, dtype=torch.bool))
    assert counted_frames(batch) is None
    known, frames = torch.tensor([[True, False], [True, True]]), torch.tensor([[True, False, True], [True] * 3])
    only_channels = counted_frames(Batch(*batch.tensors().values(), agent_known=known))
    only_frames = counted_frames(Batch(*batch.tensors().values(), agent_counted=frames))
    both = counted_frames(Batch(*batch.tensors().values(), agent_known=known, agent_counted=frames))
    assert only_channels is not None
    assert only_frames is not None
    assert both is not None
    assert only_channels.tolist() == [[[True, False]] * 3, [[True, True]] * 3]
    assert only_frames[0].tolist() == [[True, True], [False, False], [True, True]]
    assert torch.equal(both, only_channels & only_frames)


def test_estimates_are_learned_from_rows_of_which_all_counts_if_there_are_any() -> None:
    counted = torch.tensor([[True, True], [False, True], [False, False]])
    found = complete(counted)
    assert found is not None
    assert found.tolist() == [[True, True], [False, False], [False, False]]
    alone = complete(counted[1:])
    assert alone is not None
    assert torch.equal(alone, counted[1:])
    assert complete(None) is None
