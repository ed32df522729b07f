from __future__ import annotations

import torch

from visavis.layers.standard import Standardised


class Network(Standardised):
    """Nothing but the statistics."""


def test_motion_goes_in_and_comes_out_as_it_was() -> None:
    network = Network(3)
    motion = torch.randn(2, 50, 3) * torch.tensor([1.0, 2.0, 0.1]) + 5
    assert torch.equal(network.normalise(motion), motion)
    network.motion_mean.copy_(motion.mean((0, 1)))
    network.motion_std.copy_(motion.std((0, 1)))
    inside = network.normalise(motion)
    torch.testing.assert_close(inside.mean((0, 1)), torch.zeros(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(inside.std((0, 1)), torch.ones(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(network.denormalise(inside), motion)


def test_the_statistics_are_saved_with_the_weights() -> None:
    assert list(Network(3).state_dict()) == ["motion_mean", "motion_std"]
