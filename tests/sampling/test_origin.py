from __future__ import annotations

import pytest
import torch
from torch import Tensor

from visavis.core.protocols import Predict
from visavis.sampling.config import DenoisingConfig, ProcessTag, SamplingConfig, sampler_for
from visavis.sampling.origin import start_of

ROWS = 5


def network(times: Tensor) -> Predict:
    """One that gently bends the way from noise to data."""
    return lambda x, step: 0.3 * torch.tanh(x.flip(-1)) + 0.1 * times[step] / 999


@pytest.mark.parametrize(("process", "steps"), [("rectified-flow", 8), ("cosine-log-snr", 100)])
def test_a_deterministic_sampler_comes_back_to_the_data(process: ProcessTag, steps: int) -> None:
    task = DenoisingConfig(process, "v").denoising
    data = torch.randn(ROWS, 3, generator=torch.Generator().manual_seed(0))
    noise = start_of(data, network, task, steps)
    assert (noise - data).abs().max() > 0.1
    sampler = sampler_for(task, SamplingConfig(steps=steps))
    again = sampler.sample(network, data.shape, lambda _: noise)
    torch.testing.assert_close(again, data, atol=0.05, rtol=0)
