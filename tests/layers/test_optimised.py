from __future__ import annotations

import torch
from torch import nn

from visavis.layers.optimised import alike, packed_linear, packed_mlp, replaced
from visavis.layers.packed import FloatLinear


class Pair(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.second(nn.functional.gelu(self.first(x)))
        return made


def test_chosen_parts_are_replaced_and_the_rest_is_shared() -> None:
    torch.manual_seed(0)
    pair = Pair()
    other = replaced(pair, lambda part: packed_linear(FloatLinear, part) if part is pair.second else None)
    x = torch.randn(5, 3)
    torch.testing.assert_close(other(x), pair(x))
    assert isinstance(other.second, FloatLinear)
    assert other.first.weight is pair.first.weight
    assert isinstance(pair.second, nn.Linear)


def test_two_layers_become_one_product_after_another() -> None:
    torch.manual_seed(0)
    pair, x = Pair(), torch.randn(5, 3)
    torch.testing.assert_close(packed_mlp(pair.first, pair.second, FloatLinear)(x), pair(x))


def test_a_copy_takes_other_parts_without_touching_the_original() -> None:
    pair = Pair()
    other = alike(pair)
    other.first = nn.Linear(3, 4)
    assert other.first is not pair.first
    assert other.second is pair.second
