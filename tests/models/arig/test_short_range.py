from __future__ import annotations

import torch
from torch import Tensor

from visavis.layers.denoiser import Modulation
from visavis.models.arig.short_range import BidirectionalBlock, IntegratedBlock, ShortRange, Side, gate_of, modulated

WIDTH, CHUNK = 8, 3


def opened(module: torch.nn.Module) -> torch.nn.Module:
    with torch.no_grad():
        for weights in module.parameters():
            weights.add_(0.3 * torch.randn_like(weights))
    return module


def rows(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(len(shape)))


def test_blocks_start_as_the_identity() -> None:
    torch.manual_seed(0)
    people, sound = [rows(2, CHUNK, WIDTH), rows(2, CHUNK, WIDTH) + 1], rows(2, WIDTH)
    after = BidirectionalBlock(WIDTH, 2, 16)(people, sound)
    assert all(torch.equal(one, two) for one, two in zip(people, after, strict=True))
    assert torch.equal(IntegratedBlock(WIDTH, 2, 16)(people[0], sound), people[0])


def test_each_person_has_weights_of_their_own_and_both_are_seen_by_both() -> None:
    torch.manual_seed(0)
    block = BidirectionalBlock(WIDTH, 2, 16)
    opened(block)
    people, sound = [rows(1, CHUNK, WIDTH).requires_grad_() for _ in range(2)], rows(1, WIDTH)
    agent, user = block(people, sound)
    assert not torch.allclose(agent, user), "the same tokens, and other weights"
    for one in (agent, user):
        found = torch.autograd.grad(one.sum(), people, retain_graph=True)
        assert all(torch.count_nonzero(gradient) == gradient.numel() for gradient in found)
    first, second = block.sides
    assert isinstance(first, Side)
    assert isinstance(second, Side)
    agent.sum().backward()
    assert second.qkv.weight.grad is not None
    assert second.mlp.fc1.weight.grad is None, "the user's own part changes the agent through attention alone"


def test_one_attention_is_over_the_tokens_of_both() -> None:
    torch.manual_seed(0)
    block = BidirectionalBlock(WIDTH, 2, 16)
    opened(block)
    people, sound = [rows(1, CHUNK, WIDTH), rows(1, CHUNK, WIDTH) - 1], rows(1, WIDTH)
    first, second = block.sides
    assert isinstance(first, Side)
    assert isinstance(second, Side)
    q, k, v = (torch.cat(parts, dim=-2) for parts in zip(
        *(side.heads_of(x, side.modulations(sound)[0]) for side, x in zip((first, second), people, strict=True)),
        strict=True,
    ))  # fmt: skip
    mixed = ((q @ k.transpose(-1, -2) / 2).softmax(-1) @ v).transpose(1, 2).flatten(2)
    expected = first.after(people[0], mixed[:, :CHUNK], *first.modulations(sound))
    torch.testing.assert_close(block(people, sound)[0], expected)


def test_an_integrated_block_does_attention_and_mlp_side_by_side() -> None:
    torch.manual_seed(0)
    block = IntegratedBlock(WIDTH, 2, 16)
    opened(block)
    x, sound = rows(2, 2 * CHUNK, WIDTH), rows(2, WIDTH)
    by = Modulation.of(block.modulator(sound)[:, None], WIDTH)
    inner = modulated(x, by)
    expected = x + gate_of(by) * (block.attn(inner, None, None, None)[0] + block.mlp(inner))
    torch.testing.assert_close(block(x, sound), expected)


def test_the_summary_is_of_all_frames_of_both_and_of_the_newest_sound() -> None:
    torch.manual_seed(0)
    short_range = ShortRange(WIDTH, 2, 16, CHUNK, bidirectional=2, integrated=1)
    opened(short_range)
    behaviours, sound = rows(1, 2, CHUNK, WIDTH).requires_grad_(), rows(1, WIDTH).requires_grad_()
    summary = short_range(behaviours, sound)
    assert summary.shape == (1, WIDTH)
    for gradient in torch.autograd.grad(summary.sum(), [behaviours, sound], retain_graph=True):
        assert torch.count_nonzero(gradient) == gradient.numel()
    swapped = short_range(behaviours.flip(1), sound)
    assert not torch.allclose(summary, swapped)
    assert not torch.allclose(summary, short_range(behaviours.flip(2), sound)), "the order of frames counts"


def test_before_anything_is_learned_the_agents_part_alone_is_compressed() -> None:
    torch.manual_seed(0)
    short_range = ShortRange(WIDTH, 2, 16, CHUNK, bidirectional=2, integrated=1)
    behaviours = rows(1, 2, CHUNK, WIDTH)
    expected = short_range.compress((behaviours + short_range.place)[:, 0].flatten(1))
    torch.testing.assert_close(short_range(behaviours, rows(1, WIDTH)), expected)
