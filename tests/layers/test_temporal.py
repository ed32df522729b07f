from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from visavis.layers.temporal import Halving, TemporalConvolution, doubled, halved


def as_kernel(linear: torch.nn.Linear, inputs: int, kernel: int) -> torch.Tensor:
    """The weights of a convolution (O, I, kernel)."""
    return linear.weight.unflatten(1, (kernel, inputs)).transpose(1, 2)


@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_it_is_a_convolution_over_time(kernel: int) -> None:
    torch.manual_seed(0)
    layer, x = TemporalConvolution(3, 4, kernel), torch.randn(2, 9, 3)
    expected = F.conv1d(x.transpose(1, 2), as_kernel(layer.linear, 3, kernel), layer.linear.bias, padding=kernel // 2)
    torch.testing.assert_close(layer(x), expected.transpose(1, 2))


def test_halving_is_a_convolution_with_a_stride_of_two() -> None:
    torch.manual_seed(0)
    layer, x = Halving(3, 4), torch.randn(2, 8, 3)
    expected = F.conv1d(x.transpose(1, 2), as_kernel(layer.linear, 3, 3), layer.linear.bias, stride=2, padding=1)
    torch.testing.assert_close(layer(x), expected.transpose(1, 2))


def test_pairs_of_frames_become_their_mean_and_come_back_twice() -> None:
    x = torch.arange(6.0).view(1, 6, 1)
    assert halved(x).flatten().tolist() == [0.5, 2.5, 4.5]
    assert doubled(halved(x)).flatten().tolist() == [0.5, 0.5, 2.5, 2.5, 4.5, 4.5]
