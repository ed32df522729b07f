from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.networks import network
from tests.sampling.exact import noise_from
from visavis.core.errors import VisavisError
from visavis.sampling.categorical import CategoricalSampler, Choice
from visavis.sampling.config import SamplingConfig, sampler_for

CHANCES = torch.tensor([0.6, 0.3, 0.1])


def drawn(temperature: float, rows: int = 4000) -> Tensor:
    sampler = sampler_for(Choice(), SamplingConfig(temperature=temperature))
    shape = (rows, 2, 3)
    return sampler.sample(network(lambda _, __: CHANCES.log().expand(shape)), shape, noise_from(0))


def test_entries_are_chosen_as_often_as_they_are_likely() -> None:
    chosen = drawn(1.0)
    assert (chosen.sum(-1) == 1).all()
    torch.testing.assert_close(chosen.mean(dim=(0, 1)), CHANCES, atol=0.02, rtol=0)


def test_cold_the_likeliest_is_chosen() -> None:
    assert (drawn(0.0)[..., 0] == 1).all()


def test_nothing_can_be_held() -> None:
    with pytest.raises(VisavisError, match="nothing can be held"):
        CategoricalSampler().sample(network(lambda x, _: x), (1, 1, 3), noise_from(0), lambda x, *_: x)
