from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from visavis.layers.optimised import Kind
from visavis.layers.packed import FloatLinear, HalfLinear
from visavis.layers.packed_sides import ROOT, PackedSides, QuickMlp, asking_less, bend, mixed_by


def linears(inputs: int, outputs: int) -> list[nn.Linear]:
    torch.manual_seed(0)
    return [nn.Linear(inputs, outputs) for _ in range(2)]


@torch.no_grad()
@pytest.mark.parametrize(("kind", "error"), [(FloatLinear, 1e-6), (HalfLinear, 0.006)])
@pytest.mark.parametrize("outputs", [40, 5500], ids=["small", "large"])
def test_each_layer_sees_rows_of_its_own(kind: Kind, error: float, outputs: int) -> None:
    layers = linears(48, outputs)
    sides = PackedSides([one.weight for one in layers], [one.bias for one in layers], kind)
    x = torch.randn(2, 5, 48)
    wanted = torch.stack([layer(side) for layer, side in zip(layers, x, strict=True)])
    given = sides(x)
    assert given.dtype == torch.float32
    assert (given - wanted).norm() < error * wanted.norm()


@torch.no_grad()
def test_gelu_is_bent_between_its_factors() -> None:
    x = torch.linspace(-4, 4, 101)
    torch.testing.assert_close(ROOT * bend(ROOT * x), F.gelu(x), atol=1e-6, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize(("kind", "error"), [(FloatLinear, 1e-6), (HalfLinear, 0.006)])
def test_an_mlp_is_as_it_was(kind: Kind, error: float) -> None:
    first, second = nn.Linear(600, 700), nn.Linear(700, 30)
    x = torch.randn(2, 3, 600)
    wanted = second(F.gelu(first(x)))
    assert (QuickMlp(first, second, kind)(x) - wanted).norm() < error * wanted.norm()


@torch.no_grad()
def test_attention_over_few_is_attention() -> None:
    query, x = nn.Linear(8, 8), torch.randn(3, 2, 8)
    k, v = torch.randn(2, 6, 5, 4)
    plain = query(x).unflatten(-1, (2, 4)).transpose(1, 2)
    wanted = F.scaled_dot_product_attention(plain, k.view(3, 2, 5, 4), v.view(3, 2, 5, 4))
    less = F.linear(x, *asking_less(query.weight, query.bias, 2)).unflatten(-1, (2, 4)).transpose(1, 2)
    torch.testing.assert_close(mixed_by(less.reshape(6, 2, 4), k, v).view(3, 2, 2, 4), wanted)
