from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from visavis.layers.temporal import Halving, TemporalConvolution, doubled, halved


def as_kernel(linear: torch.nn.Linear, inputs: int, kernel: int) -> torch.Tensor:
    """The weights of a convolution (O, I, kernel)."""
    return linear.weight.unflatten(1, (kernel, inputs)).transpose(1, 2)


def convolved(x: torch.Tensor, linear: torch.nn.Linear, kernel: int, stride: int = 1) -> torch.Tensor:
    """Frames (R, T, I) through torch's convolution, which takes frames beyond the ends as those there."""
    padded = F.pad(x.transpose(1, 2), (kernel // 2, kernel // 2), mode="replicate")
    made = F.conv1d(padded, as_kernel(linear, x.shape[2], kernel), linear.bias, stride)
    return made.transpose(1, 2)


@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_it_is_a_convolution_over_time(kernel: int) -> None:
    torch.manual_seed(0)
    layer, x = TemporalConvolution(3, 4, kernel), torch.randn(2, 9, 3)
    torch.testing.assert_close(layer(x), convolved(x, layer.linear, kernel))


def test_halving_is_a_convolution_with_a_stride_of_two() -> None:
    torch.manual_seed(0)
    layer, x = Halving(3, 4), torch.randn(2, 8, 3)
    torch.testing.assert_close(layer(x), convolved(x, layer.linear, 3, stride=2))


def test_what_stands_still_stands_still_to_its_ends() -> None:
    layer, x = TemporalConvolution(3, 4, 5), torch.ones(2, 9, 3)
    torch.testing.assert_close(layer(x), layer(x)[:, 4:5].expand(-1, 9, -1))


def test_pairs_of_frames_become_their_mean_and_come_back_twice() -> None:
    x = torch.arange(6.0).view(1, 6, 1)
    assert halved(x).flatten().tolist() == [0.5, 2.5, 4.5]
    assert doubled(halved(x)).flatten().tolist() == [0.5, 0.5, 2.5, 2.5, 4.5, 4.5]
