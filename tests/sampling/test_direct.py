from __future__ import annotations

import torch
from torch import Tensor

from tests.networks import network
from visavis.sampling.direct import DirectSampler


def test_the_prediction_is_the_value_and_no_noise_is_drawn() -> None:
    calls: list[tuple[int, ...]] = []

    def predict(x: Tensor, time: Tensor) -> Tensor:
        calls.append((*x.shape, *time.shape))
        return torch.arange(6.0).view(2, 3)

    def noise(shape: tuple[int, ...]) -> Tensor:
        raise AssertionError(f"noise of {shape} was drawn")

    assert torch.equal(DirectSampler().sample(network(predict), (2, 3), noise), torch.arange(6.0).view(2, 3))
    assert calls == [(2, 3, 2)]


def test_a_hook_is_given_the_prediction_as_data() -> None:
    drawn = DirectSampler().sample(
        network(lambda x, _: x + 1), (2, 4, 3), torch.zeros, lambda x, signal, noise: x + 10 * signal + 100 * noise
    )
    assert torch.equal(drawn, torch.full((2, 4, 3), 11.0))
