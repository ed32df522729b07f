from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.small_systems import CONFIGS, chunk_for, make
from tests.small_systems import part as span
from visavis.layers.packed import FloatLinear, HalfLinear, PackedLinear
from visavis.models.arig.model import Arig
from visavis.models.arig.optimised import optimised
from visavis.models.arig.rollout import ArigDrawing, Rollout
from visavis.system.precision import optimised as optimised_system


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


@pytest.mark.parametrize("form", [name for name in CONFIGS if name.startswith("arig")])
def test_a_conversation_is_drawn_as_it_was_in_whatever_parts(form: str) -> None:
    """Over more frames than the cache holds."""
    system, frames, each = make(form), 50, 7
    quick = optimised_system(system, "float32")
    chunk = chunk_for(system, frames, rows=2)
    wanted, _ = system.step(chunk, system.init_state(2))
    state, drawn = quick.init_state(2), []
    for at in range(0, frames, each):
        motion, state = quick.step(span(chunk, at, min(at + each, frames)), state)
        drawn.append(motion)
    torch.testing.assert_close(torch.cat([one.sample for one in drawn], dim=2), wanted.sample, atol=1e-5, rtol=0)
    for name, label in wanted.labels.items():
        assert torch.equal(torch.cat([one.labels[name] for one in drawn], dim=2), label)
