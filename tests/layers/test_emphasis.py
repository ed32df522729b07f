from __future__ import annotations

import math

import torch
from torch import Tensor

from visavis.layers.emphasis import Emphasis

FRAMES, BEFORE = 200, torch.zeros(1, dtype=torch.bool)


def swinging(hz: float) -> Tensor:
    time = torch.arange(FRAMES) / 25
    return torch.sin(2 * math.pi * hz * time)[None, :, None].repeat(1, 1, 2)


def added(gain: float, mean: Tensor) -> Tensor:
    emphasis = Emphasis((1,), gain)
    louder, _ = emphasis.apply(torch.zeros_like(mean), mean, emphasis.init_state(mean, 1), BEFORE)
    return louder


def test_nods_are_added_and_posture_is_not() -> None:
    nod, posture = (added(2.0, swinging(hz))[0, 50:, 1].abs().max() for hz in (2.0, 0.05))
    assert 1.5 < nod < 2.1
    assert posture < 0.25


def test_other_channels_and_a_still_mean_stay() -> None:
    assert not added(2.0, swinging(2.0))[..., 0].any()
    assert not added(2.0, torch.full((1, FRAMES, 2), 3.0)).any()
    drawn = torch.randn(1, FRAMES, 2)
    off = Emphasis((0, 1), 0.0)
    assert off.apply(drawn, swinging(2.0), off.init_state(drawn, 1), BEFORE)[0] is drawn


def test_pieces_join_to_the_whole() -> None:
    mean = torch.randn(2, FRAMES, 3)
    emphasis = Emphasis((0, 2), 1.5)
    start = emphasis.init_state(mean, 2)
    whole, _ = emphasis.apply(mean, mean, start, torch.zeros(2, dtype=torch.bool))
    pieces, state = [], start
    for number, piece in enumerate(mean.split(10, dim=1)):
        louder, state = emphasis.apply(piece, piece, state, torch.full((2,), number > 0))
        pieces.append(louder)
    torch.testing.assert_close(torch.cat(pieces, dim=1), whole)


def test_conversations_do_not_see_one_another() -> None:
    mean = torch.randn(3, 40, 2)
    emphasis = Emphasis((0, 1), 1.0)
    together, _ = emphasis.apply(mean, mean, emphasis.init_state(mean, 3), torch.zeros(3, dtype=torch.bool))
    alone, _ = emphasis.apply(mean[1:2], mean[1:2], emphasis.init_state(mean, 1), BEFORE)
    assert torch.equal(together[1:2], alone)
