from __future__ import annotations

import pytest
import torch

from visavis.layers.cross_attention import CrossBlock
from visavis.layers.optimised import Kind
from visavis.layers.packed import FloatLinear, HalfLinear
from visavis.layers.packed_cross import PackedCrossBlock


@torch.no_grad()
@pytest.mark.parametrize("hidden", [None, 24])
@pytest.mark.parametrize("asking", [1, 3])
def test_a_packed_block_answers_as_the_block_does(hidden: int | None, asking: int) -> None:
    torch.manual_seed(0)
    block = CrossBlock(16, 2, hidden)
    for weights in block.parameters():
        weights.add_(0.2 * torch.randn_like(weights))
    x, asked = torch.randn(3, asking, 16), torch.randn(3, 5, 16)
    torch.testing.assert_close(PackedCrossBlock(block, FloatLinear)(x, asked), block(x, asked), atol=1e-5, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize(("width", "kind"), [(16, FloatLinear), (640, HalfLinear)])
def test_only_large_layers_are_half_as_wide(width: int, kind: Kind) -> None:
    block = CrossBlock(width, 2, 2 * width)
    packed = PackedCrossBlock(block, HalfLinear)
    assert isinstance(packed.attn.proj, kind)
    x, asked = torch.randn(1, 1, width), torch.randn(1, 5, width)
    wanted = block(x, asked)
    assert (packed(x, asked) - wanted).norm() < 0.01 * wanted.norm()
