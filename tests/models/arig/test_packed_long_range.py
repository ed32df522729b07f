from __future__ import annotations

import pytest
import torch
from torch import Tensor

from visavis.core.state import merge_rows, select_rows
from visavis.layers.packed import FloatLinear, HalfLinear
from visavis.models.arig.long_range import LongRange
from visavis.models.arig.packed_long_range import PackedLongRange

FRAMES = 50


def long() -> LongRange:
    torch.manual_seed(0)
    made = LongRange(16, 2, 32, depth=2, chunk=3, capacity=4)
    with torch.no_grad():
        for weights in made.parameters():
            weights.add_(0.2 * torch.randn_like(weights))
    return made


def stepped(of: LongRange | PackedLongRange, summaries: Tensor, slots: int | None = None) -> Tensor:
    cache, contexts = of.init_cache(len(summaries), slots), []
    for frame in range(summaries.shape[1]):
        context, cache = of.step(summaries[:, frame], cache, torch.full((len(summaries),), frame))
        contexts.append(context)
    return torch.stack(contexts, dim=1)


@torch.no_grad()
@pytest.mark.parametrize("slots", [None, 1, 0])
def test_contexts_are_as_they_were_beyond_the_capacity(slots: int | None) -> None:
    plain, summaries = long(), torch.randn(2, FRAMES, 16)
    wanted = stepped(plain, summaries, slots)
    torch.testing.assert_close(
        stepped(PackedLongRange(plain, FloatLinear), summaries, slots), wanted, atol=1e-5, rtol=0
    )
    half = stepped(PackedLongRange(plain, HalfLinear), summaries, slots)
    assert (half - wanted).norm() < 0.01 * wanted.norm()


@torch.no_grad()
def test_after_a_day_a_frame_is_as_it_was_at_the_beginning() -> None:
    packed, summaries = PackedLongRange(long(), FloatLinear), torch.randn(1, 40, 16)
    late, contexts = 3 * 720_000, []
    for start in (0, late):
        cache = packed.init_cache(1)
        for frame in range(40):
            context, cache = packed.step(summaries[:, frame], cache, torch.tensor([start + frame]))
        contexts.append(context)
    torch.testing.assert_close(contexts[1], contexts[0], atol=1e-5, rtol=0)


@torch.no_grad()
def test_rows_out_of_step_are_as_alone_and_no_cache_is_changed_that_was_given_out() -> None:
    packed, summaries = PackedLongRange(long(), FloatLinear), torch.randn(2, FRAMES, 16)
    apart = torch.tensor([0, 1])
    alone = stepped(packed, summaries[1:])[0]
    cache, found = packed.init_cache(2), []
    for frame in range(FRAMES):
        before = [layer.keys.clone() for layer in cache.layers]
        moving = frame >= apart
        at = (frame - apart).clamp_min(0)
        given = torch.stack([summaries[0, frame], summaries[1, int(at[1])]])
        context, after = packed.step(given, cache, at)
        assert all(torch.equal(layer.keys, kept) for layer, kept in zip(cache.layers, before, strict=True))
        cache = merge_rows(moving, after, cache)
        found.append(context[1])
    torch.testing.assert_close(torch.stack(found[1:]), alone[:-1], atol=1e-5, rtol=0)
    assert select_rows(cache, [1]).slots == 3
