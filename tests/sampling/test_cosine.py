from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from visavis.core.errors import VisavisError
from visavis.sampling.cosine import FULL, STEPS, CosineDiffusion, cosine_alphas, respaced
from visavis.sampling.denoising import DenoisingTask
from visavis.sampling.parameterisation import X0


def randn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_the_cosine_schedule_has_its_closed_form() -> None:
    share = np.arange(1, STEPS + 1) / STEPS
    level = np.cos((share + 0.008) / 1.008 * np.pi / 2) ** 2 / math.cos(0.008 / 1.008 * math.pi / 2) ** 2
    alphas = cosine_alphas()
    np.testing.assert_allclose(alphas[:-1], level[:-1], rtol=1e-9)
    assert alphas[-1] == pytest.approx(alphas[-2] * 0.001)
    assert (np.diff(alphas) < 0).all()
    assert FULL.betas.max() == pytest.approx(0.999)


def test_respacing_keeps_the_first_and_the_last_time() -> None:
    assert respaced(5) == [0, 250, 500, 749, 999]
    assert respaced(1) == [0]
    assert respaced(STEPS) == list(range(STEPS))
    for count in (2, 10, 333):
        times = respaced(count)
        assert (times[0], times[-1], len(set(times))) == (0, STEPS - 1, count)
    for count in (0, STEPS + 1):
        with pytest.raises(VisavisError, match=f"diffusion takes 1 to 1000 steps, {count} were asked for"):
            respaced(count)


def test_noising_at_once_leaves_the_schedules_share_of_the_data() -> None:
    index, data = torch.tensor([0, 700, 999]), torch.full((3, 20_000), 2.0)
    noisy = CosineDiffusion().level(index, data).noised(data, randn(3, 20_000))
    alphas = torch.from_numpy(cosine_alphas().copy())[index]
    torch.testing.assert_close(noisy.mean(1).double(), 2 * alphas.sqrt(), atol=0.03, rtol=0)
    torch.testing.assert_close(noisy.var(1).double(), 1 - alphas, atol=0.03, rtol=0)


def test_training_points_are_data_at_times_from_all_over_the_process() -> None:
    data, task = randn(20_000, 2), DenoisingTask(CosineDiffusion(), X0())
    point = task.training_point(data, torch.Generator().manual_seed(1))
    assert (point.time.min().item(), point.time.max().item()) == (0, STEPS - 1)
    assert point.time.float().mean().item() == pytest.approx(499.5, abs=10)
    assert torch.equal(point.network_time, point.time.float())
    alphas = torch.from_numpy(cosine_alphas().copy()).float()[point.time, None]
    noise = (point.x - alphas.sqrt() * data) / (1 - alphas).sqrt()
    assert noise.mean().item() == pytest.approx(0, abs=0.02)
    assert noise.std().item() == pytest.approx(1, abs=0.02)
    assert torch.equal(point.x, task.training_point(data, torch.Generator().manual_seed(1)).x)


def test_the_schedule_cannot_be_changed_by_who_asks_for_it() -> None:
    with pytest.raises(ValueError, match="read-only"):
        cosine_alphas()[0] = 0
