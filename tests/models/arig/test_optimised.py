from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.small_systems import chunk_for, make
from visavis.layers.packed import FloatLinear, HalfLinear, PackedLinear
from visavis.models.arig.model import Arig
from visavis.models.arig.optimised import optimised
from visavis.models.arig.rollout import ArigDrawing, Rollout


def arig() -> Arig:
    model = make("arig").model
    assert isinstance(model, Arig)
    return model


@pytest.mark.parametrize("kind", [FloatLinear, HalfLinear])
def test_every_layer_is_packed_and_the_given_network_stays_as_it_is(kind: type[PackedLinear]) -> None:
    model = arig()
    other = optimised(model, kind)  # type: ignore[arg-type]
    assert not any(isinstance(part, nn.Linear) for part in other.modules())
    assert not any(isinstance(part, PackedLinear) for part in model.modules())
    assert isinstance(other.short_range.compress, kind)
    for part in (other.activity, other.understanding, other.head):
        packed = [one for one in part.modules() if isinstance(one, PackedLinear)]
        assert packed
        assert all(isinstance(one, FloatLinear) for one in packed)


def test_the_cache_is_as_wide_as_its_attention() -> None:
    kinds = {FloatLinear: torch.float32, HalfLinear: torch.bfloat16}
    for kind, dtype in kinds.items():
        cache = Rollout(optimised(arig(), kind), ArigDrawing()).init_state(1).context
        assert cache.layers[0].keys.dtype == dtype


def test_half_as_wide_a_first_frame_is_nearly_the_same() -> None:
    system = make("arig")
    given = chunk_for(system, 1)
    exact, _ = system.step(given, system.init_state(1))
    system.rollout = Rollout(optimised(arig(), HalfLinear), ArigDrawing())
    half, _ = system.step(given, system.init_state(1))
    apart = (half.sample - exact.sample) / system.model.motion_std
    assert 0 < apart.square().mean().sqrt() < 0.05 * ((exact.sample - 0.3) / system.model.motion_std).std()
