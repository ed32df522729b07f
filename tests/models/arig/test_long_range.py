from __future__ import annotations

import pytest
import torch
from torch import Tensor

from visavis.core.state import concat_rows
from visavis.layers.attention import Rotary
from visavis.models.arig.long_range import LongRange

WIDTH, CHUNK = 8, 3


def long_range(capacity: int, depth: int = 2) -> LongRange:
    torch.manual_seed(0)
    made = LongRange(WIDTH, heads=2, hidden=16, depth=depth, chunk=CHUNK, capacity=capacity).eval()
    with torch.no_grad():
        for weights in made.parameters():
            weights.add_(0.3 * torch.randn_like(weights))
    return made


def summaries(frames: int, rows: int = 2) -> Tensor:
    return torch.randn(rows, frames, WIDTH, generator=torch.Generator().manual_seed(1))


def stepped(made: LongRange, given: Tensor) -> Tensor:
    cache, steps, said = made.init_cache(len(given)), torch.zeros(len(given), dtype=torch.int64), []
    for summary in given.unbind(1):
        context, cache = made.step(summary, cache, steps)
        steps = steps + 1
        said.append(context)
    return torch.stack(said, dim=1)


@pytest.mark.parametrize("capacity", [1, 2, 4, 50])
def test_all_frames_at_once_are_as_stepped_over_more_than_the_cache_holds(capacity: int) -> None:
    made, given = long_range(capacity), summaries(40)
    torch.testing.assert_close(made(given), stepped(made, given), atol=1e-5, rtol=0)


def test_until_the_cache_is_full_a_step_is_a_causal_transformer_over_all_summaries() -> None:
    made, given = long_range(capacity=8), summaries(18)
    once = made(given)
    for frame in range(18):
        kept = [*range(0, frame, CHUNK), frame]
        x, order = given[:, kept], torch.arange(len(kept))
        for block in made.blocks:
            x, _ = block(x, order[:, None] >= order, Rotary.at(torch.tensor(kept), WIDTH // 2), None)
        torch.testing.assert_close(made.norm(x[:, -1]), once[:, frame], atol=1e-5, rtol=0)


def test_a_slot_is_made_anew_until_its_chunk_is_complete() -> None:
    made, given = long_range(capacity=4), summaries(12, rows=1).requires_grad_()
    context = made(given)
    for frame in range(12):
        (gradient,) = torch.autograd.grad(context[0, frame].sum(), given, retain_graph=True)
        reached = gradient[0].abs().sum(-1).nonzero().flatten().tolist()
        assert reached == [*range(0, frame, CHUNK), frame], "complete chunks and the newest summary, nothing else"


def test_the_cache_takes_a_slot_when_a_chunk_is_complete_and_no_sooner() -> None:
    made, cache = long_range(capacity=4), long_range(capacity=4).init_cache(1)
    for frame, summary in enumerate(summaries(10, rows=1).unbind(1)):
        _, after = made.step(summary, cache, torch.tensor([frame]))
        same = all(torch.equal(one.keys, two.keys) for one, two in zip(cache.layers, after.layers, strict=True))
        assert same == (frame % CHUNK != 0)
        assert after.slots == 3
        if not same:
            assert torch.equal(after.layers[0].keys[:, :, :-1], cache.layers[0].keys[:, :, 1:]), "the oldest leaves"
        cache = after


@pytest.mark.parametrize("capacity", [1, 2, 3])
def test_a_layer_sees_as_many_chunks_as_its_capacity_and_no_more(capacity: int) -> None:
    made, given = long_range(capacity, depth=1), summaries(20, rows=1).requires_grad_()
    frame = 17
    (gradient,) = torch.autograd.grad(made(given)[0, frame].sum(), given)
    reached = gradient[0].abs().sum(-1).nonzero().flatten().tolist()
    complete = [*range(0, frame, CHUNK)]
    assert reached == [*complete[len(complete) - capacity + 1 :], frame]


def test_rows_may_be_at_different_places() -> None:
    made, given = long_range(capacity=3), summaries(11, rows=1)
    cache, steps = made.init_cache(1), torch.zeros(1, dtype=torch.int64)
    for summary in given[:, :7].unbind(1):
        _, cache = made.step(summary, cache, steps)
        steps = steps + 1
    both = concat_rows([cache, made.init_cache(1)])
    for frame in range(4):
        summary = torch.cat([given[:, 7 + frame], given[:, frame]])
        context, both = made.step(summary, both, torch.tensor([7 + frame, frame]))
        torch.testing.assert_close(context[0], made(given)[0, 7 + frame], atol=1e-5, rtol=0)
        torch.testing.assert_close(context[1], made(given)[0, frame], atol=1e-5, rtol=0)
