from __future__ import annotations

import torch
import torch.nn.functional as F

from visavis.layers.block import Block, Mlp


def test_the_mlp_is_linear_gelu_linear() -> None:
    mlp = Mlp(4, 10, dropout=0.5).eval()
    x = torch.randn(3, 4)
    torch.testing.assert_close(mlp(x), mlp.fc2(F.gelu(mlp.fc1(x))))
    assert not torch.equal(mlp.train()(x), mlp(x))


def test_a_block_is_pre_norm_with_two_residuals() -> None:
    block = Block(8, heads=2, mlp_ratio=4.0, dropout=0.0)
    x = torch.randn(2, 5, 8)
    attended, own = block.attn(block.norm1(x), None, None, None)
    expected = x + attended
    expected = expected + block.mlp(block.norm2(expected))
    out, kept = block(x, None, None, None)
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(kept.keys, own.keys)
    assert block.mlp.fc1.out_features == 32
    assert block.norm1.eps == block.norm2.eps == 1e-6


def test_a_block_with_silent_branches_changes_nothing() -> None:
    block = Block(8, heads=2, mlp_ratio=2.0, dropout=0.0)
    for layer in (block.attn.proj, block.mlp.fc2):
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    x = torch.randn(1, 3, 8)
    assert torch.equal(block(x, None, None, None)[0], x)
