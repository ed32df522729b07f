from __future__ import annotations

from typing import Any

import pytest
import torch

from visavis.layers import attention as module
from visavis.layers.attention import Attention, KeyValues, Rotary
from visavis.layers.packed import HalfLinear


def attention(width: int = 12, heads: int = 3, dropout: float = 0.0) -> Attention:
    torch.manual_seed(0)
    return Attention(width, heads, dropout).eval()


def rotary(times: torch.Tensor | None) -> Rotary | None:
    return None if times is None else Rotary.at(times, 4)


def tokens(count: int, width: int = 12, rows: int = 2) -> torch.Tensor:
    return torch.randn(rows, count, width, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("times", [None, torch.tensor([0.0, 1, 2, 5, 5, 7, 8, 30])])
def test_cached_equals_recomputed(times: torch.Tensor | None) -> None:
    layer, x = attention(), tokens(8)
    causal = torch.ones(8, 8, dtype=torch.bool).tril()
    whole, every = layer(x, causal, rotary(times), None)
    _, past = layer(x[:, :5], causal[:5, :5], None if times is None else rotary(times[:5]), None)
    later, both = layer(x[:, 5:], causal[5:], rotary(times), past)
    torch.testing.assert_close(later, whole[:, 5:], atol=1e-6, rtol=0)
    assert torch.equal(both.keys[:, :, :5], past.keys)
    torch.testing.assert_close(both.keys, every.keys)


def test_it_is_attention() -> None:
    layer, x = attention(width=4, heads=1), tokens(3, width=4, rows=1)
    q, k, v = layer.qkv(x[0]).chunk(3, dim=-1)
    expected = layer.proj((q @ k.T / 2).softmax(-1) @ v)
    torch.testing.assert_close(layer(x, None, None, None)[0][0], expected, atol=1e-6, rtol=0)


def test_only_differences_of_time_matter() -> None:
    layer, x = attention(), tokens(6)
    times = torch.tensor([0.0, 1, 4, 5, 9, 12])
    here = layer(x, None, rotary(times), None)[0]
    torch.testing.assert_close(layer(x, None, rotary(times + 700), None)[0], here, atol=1e-4, rtol=0)
    assert not torch.allclose(layer(x, None, rotary(times * 2), None)[0], here, atol=1e-3)
    assert not torch.allclose(layer(x, None, None, None)[0], here, atol=1e-3)


def test_rotation_keeps_lengths_and_turns_by_the_angle() -> None:
    x = tokens(5, width=8)
    rotary = Rotary.at(torch.arange(5.0), 8)
    turned = rotary.turn(x)
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))
    torch.testing.assert_close(turned[:, 0], x[:, 0])
    pair = torch.complex(x[:, 3, 0], x[:, 3, 4]) * torch.exp(torch.tensor(3j))
    torch.testing.assert_close(torch.complex(turned[:, 3, 0], turned[:, 3, 4]), pair)
    assert torch.equal(rotary.turn(x[:, 3:]), turned[:, 3:])
    assert rotary.turn(x.bfloat16()).dtype == torch.bfloat16


def test_what_the_mask_hides_has_no_gradient() -> None:
    layer, x = attention(), tokens(4, rows=1).requires_grad_()
    mask = torch.tensor([[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [1, 1, 1, 1]], dtype=torch.bool)
    out = layer(x, mask, None, None)[0]
    for i in range(4):
        (gradient,) = torch.autograd.grad(out[0, i].sum(), x, retain_graph=True)
        assert torch.equal(gradient[0].abs().sum(-1) > 0, mask[i])


def test_the_past_is_followed_by_the_new_and_the_newest_can_be_kept() -> None:
    old = KeyValues(torch.arange(6.0).view(1, 1, 6, 1), torch.arange(6.0).view(1, 1, 6, 1) + 100)
    newer = KeyValues(torch.tensor([6.0, 7.0]).view(1, 1, 2, 1), torch.tensor([106.0, 107.0]).view(1, 1, 2, 1))
    shifted = old.followed_by(newer).last(6)
    assert shifted.keys.flatten().tolist() == [2, 3, 4, 5, 6, 7]
    assert shifted.values.flatten().tolist() == [102, 103, 104, 105, 106, 107]
    longer = newer.followed_by(old).last(2)
    assert longer.keys.flatten().tolist() == [4, 5]


def test_dropout_is_for_training_only() -> None:
    layer, x = attention(dropout=0.5), tokens(4)
    assert torch.equal(layer(x, None, None, None)[0], layer(x, None, None, None)[0])
    layer.train()
    assert not torch.equal(layer(x, None, None, None)[0], layer(x, None, None, None)[0])


def half(layer: Attention) -> Attention:
    """The layer with weights, values and cache in bfloat16."""
    qkv, proj = layer.qkv, layer.proj
    layer.qkv = HalfLinear(qkv.weight, qkv.bias, torch.bfloat16)  # type: ignore[assignment]
    layer.proj = HalfLinear(proj.weight, proj.bias)  # type: ignore[assignment]
    return layer


@torch.no_grad()
@pytest.mark.parametrize("times", [None, torch.arange(8.0)])
def test_in_bfloat16_it_is_nearly_the_same_and_the_cache_follows(times: torch.Tensor | None) -> None:
    x = tokens(8)
    causal = torch.ones(8, 8, dtype=torch.bool).tril()
    wanted = attention()(x, causal, rotary(times), None)[0]
    layer = half(attention())
    whole, every = layer(x, causal, rotary(times), None)
    assert (whole.dtype, every.keys.dtype) == (torch.float32, torch.bfloat16)
    assert 1e-4 < (whole - wanted).abs().max() < 0.01
    empty = layer.no_tokens(2, 5)
    assert (empty.keys.dtype, empty.keys.shape) == (torch.bfloat16, (2, 3, 5, 4))
    _, past = layer(x[:, :5], causal[:5, :5], None if times is None else rotary(times[:5]), None)
    later, _ = layer(x[:, 5:], causal[5:], rotary(times), empty.followed_by(past).last(5))
    torch.testing.assert_close(later, whole[:, 5:], atol=0.005, rtol=0)


def test_a_cache_takes_the_dtype_of_what_is_added() -> None:
    old, newer = attention().no_tokens(1, 3), half(attention()).no_tokens(1, 2)
    assert old.keys.dtype == torch.float32
    assert old.followed_by(newer).values.dtype == torch.bfloat16


@torch.no_grad()
@pytest.mark.parametrize("lower", [False, True], ids=["float32", "bfloat16"])
def test_keys_that_a_conversation_does_not_see_yet_cost_nothing_and_change_nothing(
    lower: bool,
) -> None:
    layer = half(attention()) if lower else attention()
    x, past = tokens(3, rows=3), layer(tokens(6, rows=3), None, None, None)[1]
    seen = torch.arange(9) >= torch.tensor([0, 4, 6])[:, None]
    own = torch.ones(3, 9, dtype=torch.bool)
    own[:, 6:] = torch.ones(3, 3, dtype=torch.bool).tril()
    mixed = module.mixed_at_once
    for mask in (seen[:, None, None], seen[:, None, None] & own):
        at_once = layer(x, mask, None, past)[0]
        looked_at: list[int] = []

        def counted(q: torch.Tensor, k: torch.Tensor, *rest: Any, looked_at: list[int] = looked_at) -> torch.Tensor:
            looked_at.append(k.shape[2])
            return mixed(q, k, *rest)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "_MANY_SCORES", 0)
            patch.setattr(module, "mixed_at_once", counted)
            apart = layer(x, mask, None, past)[0]
        assert looked_at == [9, 5, 3]
        torch.testing.assert_close(apart, at_once, atol=0.004 if lower else 1e-6, rtol=0)


def test_gradients_are_those_of_the_formula() -> None:
    layer, x = attention(width=4, heads=1), tokens(5, width=4, rows=1).requires_grad_()
    causal = torch.ones(5, 5, dtype=torch.bool).tril()
    q, k, v = layer.qkv(x[0]).chunk(3, dim=-1)
    plain = layer.proj((q @ k.T / 2).masked_fill(~causal, -torch.inf).softmax(-1) @ v)
    for number in range(5):
        wanted = torch.autograd.grad(plain[number].sum(), x, retain_graph=True)[0]
        given = torch.autograd.grad(layer(x, causal, None, None)[0][0, number].sum(), x)[0]
        torch.testing.assert_close(given, wanted, atol=1e-6, rtol=0)
