from __future__ import annotations

import math
from functools import partial

import torch
import torch.nn.functional as F

from visavis.layers.denoiser import Denoiser, FinalLayer, Modulation, ResidualBlock, TimeEmbedding


def denoiser(scattered: bool) -> Denoiser:
    torch.manual_seed(0)
    head = Denoiser(values=3, out=5, condition=6, width=8, depth=2)
    if scattered:
        with torch.no_grad():
            for parameter in head.parameters():
                parameter.add_(0.1 * torch.randn_like(parameter))
    return head


def test_a_fresh_head_gives_zero_and_its_blocks_change_nothing() -> None:
    head = denoiser(scattered=False)
    x, time, z = torch.randn(7, 3), torch.linspace(0, 999, 7), torch.randn(7, 6)
    out = head(x, time, z)
    assert out.shape == (7, 5)
    assert torch.count_nonzero(out) == 0
    hidden = torch.randn(7, 8)
    block = head.res_blocks[0]
    assert torch.equal(block(hidden, Modulation.of(block.adaLN_modulation(torch.randn(7, 8)), 8)), hidden)


def test_a_trained_head_listens_to_values_time_and_condition_row_by_row() -> None:
    head = denoiser(scattered=True)
    x, time, z = torch.randn(4, 3), torch.tensor([0.0, 10, 500, 999]), torch.randn(4, 6)
    out = head(x, time, z)
    for changed in (head(x + 1, time, z), head(x, time + 30, z), head(x, time, z + 1)):
        assert (out - changed).abs().amax(1).min() > 1e-4
    x[0] += 1
    torch.testing.assert_close(head(x, time, z)[1:], out[1:])


def test_every_parameter_learns_once_the_gates_are_open() -> None:
    head = denoiser(scattered=True)
    head(torch.randn(4, 3), torch.tensor([0.0, 10, 500, 999]), torch.randn(4, 6)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in head.parameters())


def test_time_is_told_as_cosines_and_sines() -> None:
    embed = TimeEmbedding(8)
    given: list[torch.Tensor] = []
    embed.mlp.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0]))
    embed(torch.tensor([0.0, 250.0]))
    (waves,) = given
    assert waves.shape == (2, 256)
    assert torch.equal(waves[0], torch.cat([torch.ones(128), torch.zeros(128)]))
    slowest = 250 * math.exp(-math.log(10_000) * 127 / 128)
    torch.testing.assert_close(
        waves[1, [0, 127, 128]],
        torch.tensor([250.0, slowest, 250.0]).cos().index_copy(0, torch.tensor([2]), torch.tensor([250.0]).sin()),
        atol=1e-5,
        rtol=0,
    )


def test_residual_and_final_layers_follow_their_formulas() -> None:
    torch.manual_seed(2)
    block, last = ResidualBlock(6), FinalLayer(6, 4)
    x, y = torch.randn(3, 6), torch.randn(3, 6)
    shift, scale, gate = block.adaLN_modulation(y).chunk(3, dim=-1)
    told = Modulation.of(block.adaLN_modulation(y), 6)
    torch.testing.assert_close(block(x, told), x + gate * block.mlp(block.in_ln(x) * (1 + scale) + shift))
    shift, scale = last.adaLN_modulation(y).chunk(2, dim=-1)
    plain = (x - x.mean(-1, keepdim=True)) / (x.var(-1, unbiased=False, keepdim=True) + 1e-6).sqrt()
    told = Modulation.of(last.adaLN_modulation(y), 6)
    torch.testing.assert_close(last(x, told), last.linear(plain * (1 + scale) + shift), atol=1e-5, rtol=0)


def test_what_is_worked_out_before_a_draw_gives_what_asking_each_time_gives() -> None:
    head = denoiser(scattered=True)
    times, z = torch.tensor([999.0, 400.0, 0.0]), torch.randn(4, 6)
    course = head.precompute(times, z)
    assert len(course) == 3
    for told, time in zip(course, times, strict=True):
        x = torch.randn(4, 3)
        torch.testing.assert_close(head.at(x, told), head(x, time.expand(4), z), atol=1e-6, rtol=0)
    assert not torch.allclose(head.at(x, course[0]), head.at(x, course[1]), atol=1e-4)


def test_one_product_for_all_layers_gives_the_same() -> None:
    head = denoiser(scattered=True)
    joined = denoiser(scattered=True)
    weight, bias = head.joined()
    joined.joint = partial(F.linear, weight=weight, bias=bias)  # type: ignore[assignment]
    x, times, z = torch.randn(4, 3), torch.tensor([999.0, 400.0, 0.0]), torch.randn(4, 6)
    for told, alone in zip(joined.precompute(times, z), head.precompute(times, z), strict=True):
        torch.testing.assert_close(joined.at(x, told), head.at(x, alone), atol=1e-6, rtol=0)
