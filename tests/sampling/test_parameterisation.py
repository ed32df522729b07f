from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.sampling.exact import TASKS, Gaussian, each, knowing, noise_from, task_name
from visavis.sampling.adams_bashforth import AdamsBashforth
from visavis.sampling.ancestral import Ancestral
from visavis.sampling.cosine import CosineDiffusion
from visavis.sampling.ddim import Ddim
from visavis.sampling.denoising import DenoisingTask
from visavis.sampling.flow import RectifiedFlow
from visavis.sampling.parameterisation import X0, Epsilon, Velocity
from visavis.sampling.process import diffusion_level
from visavis.sampling.sampler import DenoisingSampler
from visavis.sampling.solver import Solver

SOLVERS = [Ancestral(), Ddim(), Ddim(eta=0.7), AdamsBashforth()]


def randn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("task", TASKS, ids=task_name)
def test_each_prediction_gives_data_noise_and_velocity(task: DenoisingTask) -> None:
    said, data = task.parameterisation, randn(30, 2, 4)
    point = task.training_point(data, torch.Generator().manual_seed(1))
    velocity = point.level.signal_rate * data + point.level.noise_rate * point.epsilon
    torch.testing.assert_close(said.clean(point.target, point.x, point.level), data, atol=1e-9, rtol=1e-9)
    torch.testing.assert_close(said.epsilon(point.target, point.x, point.level), point.epsilon, atol=1e-9, rtol=1e-9)
    torch.testing.assert_close(said.velocity(point.target, point.x, point.level), velocity, atol=1e-9, rtol=1e-9)


def test_targets_are_the_papers() -> None:
    data, epsilon = randn(5, 3), randn(5, 3, seed=1)
    time = torch.tensor([0, 200, 500, 800, 999])
    flow, diffusion = RectifiedFlow().level(time / 999, data), CosineDiffusion().level(time, data)
    assert torch.equal(X0().target(data, epsilon, flow), data)
    assert torch.equal(Epsilon().target(data, epsilon, diffusion), epsilon)
    assert torch.equal(Velocity().target(data, epsilon, flow), data - epsilon)
    expected = diffusion.signal * epsilon - diffusion.noise * data
    torch.testing.assert_close(Velocity().target(data, epsilon, diffusion), expected)


def test_conversions_of_whole_draws_are_those_of_rows() -> None:
    x, out = randn(6, 3), randn(6, 3, seed=1)
    one = diffusion_level(0.6435011087932844, 0.8, 0.6)
    rows = diffusion_level(*(torch.full((6, 1), each, dtype=torch.float64) for each in (one.position, 0.8, 0.6)))
    for said in (X0(), Epsilon(), Velocity()):
        for give in (said.clean, said.epsilon, said.velocity):
            torch.testing.assert_close(give(out, x, one), give(out, x, rows))


@pytest.mark.parametrize("solver", SOLVERS, ids=each)
@pytest.mark.parametrize("task", TASKS, ids=task_name)
def test_a_network_that_knows_the_data_draws_it_in_every_parameterisation(task: DenoisingTask, solver: Solver) -> None:
    data = randn(5, 2, 3)
    network = knowing(task, 40, lambda *_: data)
    drawn = DenoisingSampler(task, solver, 40).sample(network, (5, 2, 3), noise_from(2, torch.float64))
    torch.testing.assert_close(drawn, data, atol=1e-3 if isinstance(solver, AdamsBashforth) else 1e-9, rtol=0)


@pytest.mark.parametrize("solver", SOLVERS, ids=each)
@pytest.mark.parametrize("task", TASKS, ids=task_name)
def test_the_same_knowledge_gives_the_same_draw_in_every_parameterisation(task: DenoisingTask, solver: Solver) -> None:
    def drawn(task: DenoisingTask) -> Tensor:
        network = knowing(task, 6, Gaussian(0.7, 0.5).clean)
        return DenoisingSampler(task, solver, 6).sample(network, (4, 3), noise_from(3, torch.float64))

    torch.testing.assert_close(drawn(task), drawn(DenoisingTask(task.process, X0())), atol=1e-9, rtol=1e-9)
