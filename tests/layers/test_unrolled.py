from __future__ import annotations

from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from visavis.layers.packed import FloatLinear, HalfLinear
from visavis.layers.unrolled import UnrolledConvolution, UnrolledEar, UnrolledPositions

HALF = partial(HalfLinear, out=torch.bfloat16)


def convolution(channels: int, kernel: int, stride: int, bias: bool = True) -> nn.Conv1d:
    torch.manual_seed(0)
    return nn.Conv1d(channels, 12, kernel, stride, bias=bias)


def frames(count: int, channels: int, rows: int = 2) -> Tensor:
    return torch.randn(rows, count, channels, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
@pytest.mark.parametrize(("kernel", "stride"), [(10, 5), (3, 2), (2, 2), (1, 1)])
@pytest.mark.parametrize("channels", [1, 6])
@pytest.mark.parametrize("count", [20, 23])
def test_it_does_what_the_convolution_and_its_gelu_did(kernel: int, stride: int, channels: int, count: int) -> None:
    plain, x = convolution(channels, kernel, stride, bias=kernel > 1), frames(count, channels)
    wanted = F.gelu(plain(x.transpose(1, 2))).transpose(1, 2)
    torch.testing.assert_close(UnrolledConvolution(plain, None, FloatLinear)(x), wanted, atol=1e-6, rtol=0)
    half = UnrolledConvolution(plain, None, HALF)(x)
    assert half.dtype == torch.bfloat16
    torch.testing.assert_close(half.float(), wanted, atol=0.03, rtol=0)


@torch.no_grad()
def test_norms_are_over_channels_or_for_each_channel_over_time() -> None:
    plain, x = convolution(6, 3, 2), frames(21, 6)
    for norm in (nn.LayerNorm(12), nn.GroupNorm(12, 12)):
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
        y = plain(x.transpose(1, 2))
        y = norm(y) if isinstance(norm, nn.GroupNorm) else norm(y.transpose(1, 2)).transpose(1, 2)
        wanted = F.gelu(y).transpose(1, 2)
        torch.testing.assert_close(UnrolledConvolution(plain, norm, FloatLinear)(x), wanted, atol=1e-5, rtol=0)
        torch.testing.assert_close(UnrolledConvolution(plain, norm, HALF)(x).float(), wanted, atol=0.1, rtol=0)


@torch.no_grad()
def test_views_of_frames_are_read_in_their_order() -> None:
    plain, x = convolution(6, 3, 2), frames(21, 6)
    layer = UnrolledConvolution(plain, None, FloatLinear)
    turned = x.transpose(1, 2).contiguous().transpose(1, 2)
    assert not turned.is_contiguous()
    assert torch.equal(layer(turned), layer(x))


@torch.no_grad()
def test_an_ear_is_its_layers_after_one_another() -> None:
    first, second = convolution(1, 10, 5), convolution(12, 3, 2)
    sound = torch.randn(2, 400, generator=torch.Generator().manual_seed(2))
    wanted = F.gelu(second(F.gelu(first(sound[:, None]))))
    for pack, tolerance in ((FloatLinear, 1e-6), (HALF, 0.03)):
        heard = UnrolledEar(UnrolledConvolution(layer, None, pack) for layer in (first, second))(sound)
        assert heard.dtype == torch.float32
        torch.testing.assert_close(heard, wanted, atol=tolerance, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize("kernel", [8, 5])
@pytest.mark.parametrize("count", [1, 3, 4, 5, 9, 30])
def test_positions_are_a_grouped_convolution_that_keeps_the_length(kernel: int, count: int) -> None:
    torch.manual_seed(0)
    plain = nn.Conv1d(12, 12, kernel, padding=kernel // 2, groups=3)
    x = frames(count, 12)
    wanted = F.gelu(plain(x.transpose(1, 2))[..., :count]).transpose(1, 2)
    torch.testing.assert_close(UnrolledPositions(plain, torch.float32)(x), wanted, atol=1e-6, rtol=0)
    half = UnrolledPositions(plain, torch.bfloat16)(x)
    assert half.dtype == torch.float32
    torch.testing.assert_close(half, wanted, atol=0.03, rtol=0)


@torch.no_grad()
def test_a_weight_norm_is_worked_out_once() -> None:
    torch.manual_seed(0)
    normed = nn.utils.parametrizations.weight_norm(nn.Conv1d(12, 12, 8, padding=4, groups=3), dim=2)
    x = frames(6, 12)
    wanted = F.gelu(normed(x.transpose(1, 2))[..., :6]).transpose(1, 2)
    folded = UnrolledPositions(normed, torch.float32)
    torch.testing.assert_close(folded(x), wanted, atol=1e-6, rtol=0)
    normed.parametrizations.weight.original0.mul_(3)
    torch.testing.assert_close(folded(x), wanted, atol=1e-6, rtol=0)
