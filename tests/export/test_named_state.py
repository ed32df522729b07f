from dataclasses import dataclass

import torch
from torch import Tensor

from visavis.export.named_state import from_named, named_tensors


@dataclass(frozen=True)
class Inner:
    level: Tensor
    nothing: Tensor


@dataclass(frozen=True)
class Outer:
    steps: Tensor
    layers: tuple[Inner, ...]
    absent: None = None


def state(number: float) -> Outer:
    inner = Inner(torch.full((1, 2), number), torch.zeros(1, 0))
    return Outer(torch.full((1,), 7), (inner, Inner(torch.full((1, 3), 2 * number), torch.zeros(0))))


def test_tensors_are_named_by_their_paths_and_empty_ones_left_out() -> None:
    assert list(named_tensors(state(1.0))) == ["steps", "layers.0.level", "layers.1.level"]


def test_a_state_comes_back_from_its_tensors() -> None:
    there = from_named(state(0.0), named_tensors(state(3.0)))
    assert isinstance(there, Outer)
    assert there.layers[1].level.tolist() == [[6.0] * 3]
    assert there.layers[1].nothing.shape == (0,)
    assert there.absent is None
