from __future__ import annotations

import pytest
import torch

from tests.small_systems import SHIPPED_FORM
from visavis.layers.packed import FloatLinear, HalfLinear, PackedLinear
from visavis.models.timar.optimised import optimised
from visavis.models.timar.trunk import make_timar


@pytest.mark.parametrize("kind", [FloatLinear, HalfLinear])
def test_blocks_and_head_are_packed_and_the_given_network_stays_as_it_is(kind: type[PackedLinear]) -> None:
    torch.manual_seed(0)
    model = make_timar(SHIPPED_FORM, 7, 61)
    before = list(model.state_dict())
    other = optimised(model, kind)
    packed = {name for name, part in other.named_modules() if isinstance(part, kind)}
    assert any(name.startswith("encoder_blocks.0.attn") for name in packed)
    assert any(name.startswith("head.") for name in packed)
    assert list(model.state_dict()) == before
    assert other.mask_token is model.mask_token
