from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from visavis.core.errors import VisavisError
from visavis.layers.unet import UNet


def unet(levels: int = 2) -> UNet:
    torch.manual_seed(0)
    made = UNet(width=8, condition=5, levels=levels, blocks=2, heads=2)
    with torch.no_grad():
        for weights in made.parameters():
            weights.add_(0.1 * torch.randn_like(weights))
    return made.eval()


def plain(_: int, features: Tensor) -> Tensor:
    return features


def test_only_deeper_levels_attend_and_the_frame_rate_halves() -> None:
    net, seen = unet(3), []
    assert [len(level.attention) for level in net.down] == [0, 2, 2]  # type: ignore[arg-type]

    def hook(level: int, features: Tensor) -> Tensor:
        seen.append((level, features.shape[1]))
        return features

    net(torch.randn(1, 16, 8), net.frame_scales(torch.randn(1, 16, 5)), hook)
    assert seen == [(2, 4), (1, 8), (0, 16)]


def test_a_fresh_block_is_the_identity() -> None:
    net = UNet(width=8, condition=5, levels=1, blocks=2, heads=2)
    x, condition = torch.randn(1, 6, 8), torch.randn(1, 6, 5)
    torch.testing.assert_close(net(x, net.frame_scales(condition), plain), x)


def test_every_frame_reaches_every_other_and_the_condition_acts_at_every_level() -> None:
    net = unet()
    x, condition = torch.randn(1, 40, 8, requires_grad=True), torch.randn(1, 40, 5)
    out = net(x, net.frame_scales(condition), plain)
    (gradient,) = torch.autograd.grad(out[0, 0].sum(), x)
    assert (gradient[0].abs().sum(-1) > 0).all()
    for name, weights in net.named_parameters():
        if "by_frame.linear.weight" in name:
            assert torch.autograd.grad(net(x, net.frame_scales(condition), plain).sum(), weights)[0].any(), name


def test_scales_of_time_are_those_of_the_same_in_every_frame() -> None:
    net = unet()
    time = torch.randn(2, 1, 5)
    one, other = net.time_scales(time), net.time_scales(time.expand(-1, 8, -1))
    torch.testing.assert_close(one.down[0][0].gamma.expand(-1, 8, -1), other.down[0][0].gamma)
    base = net.frame_scales(torch.zeros(2, 8, 5))
    x = torch.randn(2, 8, 8)
    assert not torch.equal(net(x, base.plus(one), plain), net(x, base, plain))


@pytest.mark.parametrize("missing", [4, 8])
def test_frames_that_do_not_exist_are_as_if_they_were_not_there(missing: int) -> None:
    net = unet(3)
    x, condition = torch.randn(2, 24, 8), torch.randn(2, 24, 5)
    exists = (torch.arange(24) >= missing).expand(2, -1)
    whole = net(x, net.frame_scales(condition), plain, exists)[:, missing:]
    short = net(x[:, missing:], net.frame_scales(condition[:, missing:]), plain)
    torch.testing.assert_close(whole, short, atol=1e-5, rtol=1e-5)


def test_frames_that_cannot_be_halved_are_refused() -> None:
    net = unet(3)
    with pytest.raises(VisavisError, match="5 frames cannot be halved"):
        net.frame_scales(torch.zeros(1, 10, 5))


def test_its_convolutions_are_products_that_can_be_packed() -> None:
    kinds = {type(part) for part in unet().modules() if not list(part.children()) and list(part.parameters())}
    assert kinds == {nn.Linear, nn.LayerNorm}
