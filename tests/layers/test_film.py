from __future__ import annotations

import torch

from visavis.layers.film import Film


def test_it_begins_as_the_identity() -> None:
    features = torch.randn(2, 5, 7)
    assert torch.equal(Film(3, 7)(torch.randn(2, 5, 3)).apply(features), features)


def test_a_condition_scales_and_shifts_frame_by_frame() -> None:
    film = Film(1, 2)
    with torch.no_grad():
        film.linear.weight.copy_(torch.tensor([[1.0], [0.0], [0.0], [5.0]]))
    out = film(torch.tensor([[[0.0], [2.0]]])).apply(torch.full((1, 2, 2), 3.0))
    assert out.tolist() == [[[3, 3], [9, 13]]], "(1 + gamma) h + beta"


def test_conditions_whose_scales_are_added_act_together() -> None:
    torch.manual_seed(0)
    frames, time, features = Film(4, 3), Film(4, 3, bias=False), torch.randn(2, 6, 3)
    for film in (frames, time):
        torch.nn.init.normal_(film.linear.weight)
    condition, at = torch.randn(2, 6, 4), torch.randn(2, 1, 4)
    both = frames(condition).plus(time(at))
    gamma, beta = (frames.linear(condition) + time.linear(at)).chunk(2, dim=-1)
    torch.testing.assert_close(both.apply(features), (1 + gamma) * features + beta)
