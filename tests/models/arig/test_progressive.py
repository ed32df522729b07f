from __future__ import annotations

import torch
from torch import Tensor

from visavis.models.arig.progressive import ProgressiveMotion


def condition(progressive: ProgressiveMotion, moved: Tensor, heard: Tensor, state: Tensor, context: Tensor) -> Tensor:
    refined = progressive.refined(moved[:, -1], heard, state, context)
    made: Tensor = progressive(refined, moved[:, -progressive.motions :])
    return made


def test_a_condition_is_made_of_three_sounds_five_motions_state_and_context() -> None:
    torch.manual_seed(0)
    progressive = ProgressiveMotion(8, heads=2, hidden=16, sounds=3, motions=5)
    moved, heard = torch.randn(2, 6, 8, requires_grad=True), torch.randn(2, 7, 8, requires_grad=True)
    state, context = torch.randn(2, 8, requires_grad=True), torch.randn(2, 8, requires_grad=True)
    z = condition(progressive, moved, heard, state, context)
    assert z.shape == (2, 8)
    of_moved, of_heard, *others = torch.autograd.grad(z[0, 0], [moved, heard, state, context])
    assert (of_moved[0].abs().sum(-1) > 0).tolist() == [False, *[True] * 5]
    assert (of_heard[0].abs().sum(-1) > 0).tolist() == [*[False] * 4, *[True] * 3]
    assert all((gradient[0].abs() > 0).any() and not gradient[1].any() for gradient in others)


def test_the_outline_comes_from_the_last_motion_and_the_newest_sounds_alone() -> None:
    torch.manual_seed(0)
    progressive = ProgressiveMotion(8, heads=2, hidden=16, sounds=3, motions=5)
    assert progressive.coarse.mlp is None
    assert progressive.fine.mlp is not None
    assert progressive.temporal.mlp is not None


def test_the_order_of_sounds_and_of_motions_counts() -> None:
    torch.manual_seed(0)
    progressive = ProgressiveMotion(8, heads=2, hidden=16, sounds=3, motions=5)
    moved, heard, state = torch.randn(1, 5, 8), torch.randn(1, 3, 8), torch.randn(1, 8)
    z = condition(progressive, moved, heard, state, state)
    early = torch.cat([moved[:, :4].flip(1), moved[:, 4:]], dim=1), torch.cat([heard[:, :2].flip(1), heard[:, 2:]], 1)
    assert not torch.allclose(z, condition(progressive, early[0], heard, state, state))
    assert not torch.allclose(z, condition(progressive, moved, early[1], state, state))
