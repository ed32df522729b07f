from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from tests.sampling.exact import PROCESSES, Gaussian, Mixture, each, knowing, noise_from
from visavis.sampling.chain import Chain
from visavis.sampling.cosine import levels_at
from visavis.sampling.ddim import Ddim, posterior_deviation
from visavis.sampling.denoising import DenoisingTask
from visavis.sampling.flow import RectifiedFlow
from visavis.sampling.logsnr import CosineLogSnr
from visavis.sampling.parameterisation import X0, Velocity
from visavis.sampling.process import DATA, Process
from visavis.sampling.sampler import DenoisingSampler

every_process = pytest.mark.parametrize("process", PROCESSES, ids=each)


def test_a_step_noises_the_predicted_data_with_the_predicted_noise() -> None:
    task, start = DenoisingTask(CosineLogSnr(), X0()), torch.randn(4, 3, dtype=torch.float64)
    levels = task.process.schedule(3).levels
    x = start
    for now, later in itertools.pairwise(levels):
        clean = Gaussian(0.5, 2.0).clean(x, now)
        x = later.signal * clean + later.noise * (x - now.signal * clean) / now.noise
    drawn = DenoisingSampler(task, Ddim(), 3).sample(
        knowing(task, 3, Gaussian(0.5, 2.0).clean), (4, 3), lambda _: start
    )
    torch.testing.assert_close(drawn, x)


def test_in_a_flow_its_steps_are_eulers() -> None:
    task, start = DenoisingTask(RectifiedFlow(), Velocity()), torch.randn(4, 3, dtype=torch.float64)
    times = [level.position for level in task.process.schedule(5).levels]
    x = start
    for now, later in itertools.pairwise(times):
        x = x + (later - now) * (now - 1.5 * x)
    told = iter(times)
    drawn = DenoisingSampler(task, Ddim(), 5).sample(
        lambda _: lambda x, _step: next(told) - 1.5 * x, (4, 3), lambda _: start
    )
    torch.testing.assert_close(drawn, x)


@every_process
@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_a_mixture_is_drawn_with_its_weights_means_and_spreads(process: Process, eta: float) -> None:
    task, data = DenoisingTask(process, X0()), Mixture((Gaussian(-1.0, 0.2), Gaussian(1.5, 0.4)), 0.3)
    drawn = DenoisingSampler(task, Ddim(eta), 150).sample(knowing(task, 150, data.clean), (20_000, 1), noise_from(1))
    second = drawn[drawn > 0.2]
    assert len(second) / len(drawn) == pytest.approx(0.3, abs=0.015)
    assert (second.mean().item(), second.std().item()) == pytest.approx((1.5, 0.4), abs=0.03)
    first = drawn[drawn <= 0.2]
    assert (first.mean().item(), first.std().item()) == pytest.approx((-1.0, 0.2), abs=0.03)


@every_process
def test_it_draws_noise_only_where_it_is_used(process: Process) -> None:
    task, calls = DenoisingTask(process, X0()), []

    def noise(shape: tuple[int, ...]) -> Tensor:
        calls.append(shape)
        return torch.zeros(shape)

    for eta, expected in ((0.0, 1), (0.4, 6)):
        calls.clear()
        DenoisingSampler(task, Ddim(eta), 6).sample(knowing(task, 6, Gaussian(0, 1).clean), (2, 3), noise)
        assert calls == [(2, 3)] * expected


@every_process
@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_without_temperature_there_is_no_chance(process: Process, eta: float) -> None:
    task = DenoisingTask(process, X0())
    one, other, warm = (
        DenoisingSampler(task, Ddim(eta, temperature), 6).sample(
            knowing(task, 6, Gaussian(0.4, 1.0).clean), (2, 3), noise_from(seed)
        )
        for temperature, seed in ((0.0, 1), (0.0, 2), (1.0, 1))
    )
    assert torch.equal(one, other)
    assert not torch.equal(one, warm)
    assert one.std().item() == pytest.approx(0, abs=1e-6)


def test_fresh_noise_is_at_most_the_posteriors() -> None:
    chain = Chain(levels_at([0, 250, 999]))
    levels = (levels_at([999])[0], levels_at([250])[0], levels_at([0])[0], DATA)
    found = [posterior_deviation(now, later) for now, later in itertools.pairwise(levels)]
    assert found == pytest.approx([*(chain.posterior_variance[[2, 1]] ** 0.5), 0])
