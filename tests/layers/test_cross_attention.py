from __future__ import annotations

import pytest
import torch

from visavis.layers.cross_attention import CrossAttention, CrossBlock


def test_a_token_gets_what_the_fitting_tokens_say() -> None:
    torch.manual_seed(0)
    attention = CrossAttention(8, heads=2)
    asking, asked = torch.randn(3, 2, 8), torch.randn(3, 5, 8)
    q = attention.query(asking).view(3, 2, 2, 4)
    k, v = attention.key_value(asked).view(3, 5, 2, 2, 4).unbind(2)
    scores = torch.einsum("rnha,rkha->rhnk", q, k) / 2
    expected = torch.einsum("rhnk,rkha->rnha", scores.softmax(-1), v).flatten(2)
    torch.testing.assert_close(attention(asking, asked), attention.proj(expected))


def test_the_order_of_those_who_are_asked_does_not_matter() -> None:
    attention, asking, asked = CrossAttention(8, heads=4), torch.randn(1, 1, 8), torch.randn(1, 4, 8)
    torch.testing.assert_close(attention(asking, asked), attention(asking, asked.flip(1)))


@pytest.mark.parametrize("hidden", [None, 12])
def test_a_block_is_pre_norm_with_residuals(hidden: int | None) -> None:
    block, x, asked = CrossBlock(8, 2, hidden), torch.randn(2, 3, 8), torch.randn(2, 4, 8)
    expected = x + block.attn(block.norm1(x), block.norm_asked(asked))
    if block.mlp is not None and block.norm2 is not None:
        assert block.mlp.fc1.out_features == hidden
        expected = expected + block.mlp(block.norm2(expected))
    torch.testing.assert_close(block(x, asked), expected)
