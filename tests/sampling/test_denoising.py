from __future__ import annotations

import pytest
import torch

from tests.sampling.exact import TASKS, task_name
from visavis.sampling.cosine import CosineDiffusion
from visavis.sampling.denoising import DenoisingTask
from visavis.sampling.flow import RectifiedFlow
from visavis.sampling.parameterisation import X0, Epsilon, Velocity


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("task", TASKS, ids=task_name)
def test_a_training_point_is_data_noised_at_a_time_and_what_to_say_of_it(task: DenoisingTask) -> None:
    data = torch.randn(6, 2, 5, 3, generator=seeded(0))
    point = task.training_point(data, seeded(1))
    assert point.network_time.shape == point.time.shape == (6,)
    assert torch.equal(point.network_time, task.process.network_time(point.time))
    for row in range(6):
        level = task.process.level(point.time[row : row + 1], data[:1])
        signal, noise = level.signal.item(), level.noise.item()
        torch.testing.assert_close(point.x[row], signal * data[row] + noise * point.epsilon[row])
    torch.testing.assert_close(point.target, task.parameterisation.target(data, point.epsilon, point.level))


@pytest.mark.parametrize("task", TASKS, ids=task_name)
def test_blind_points_are_where_draws_start(task: DenoisingTask) -> None:
    data = torch.randn(6, 2, 5, 3, generator=seeded(0))
    blind = torch.arange(6) < 2
    point, plain = task.training_point(data, seeded(1), blind), task.training_point(data, seeded(1))
    assert point.time.dtype == plain.time.dtype
    assert point.time[:2].tolist() == [task.process.schedule(50).times[0]] * 2
    assert torch.equal(point.time[2:], plain.time[2:])
    assert torch.equal(point.epsilon, plain.epsilon)


@pytest.mark.parametrize("task", TASKS, ids=task_name)
def test_points_follow_the_generator_and_no_two_rows_are_alike(task: DenoisingTask) -> None:
    data = torch.zeros(50, 2, 3)
    one, again, other = (task.training_point(data, seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(one.x, again.x)
    assert torch.equal(one.network_time, again.network_time)
    assert not torch.equal(one.network_time, other.network_time)
    assert len(one.epsilon[:, 0, 0].unique()) == 50
    assert len(one.network_time.unique()) > 40


def test_noise_comes_before_times_from_the_generator() -> None:
    data, generator = torch.randn(4, 3), seeded(7)
    noise, time = torch.randn(4, 3, generator=generator), torch.sigmoid(torch.randn(4, generator=generator))
    point = DenoisingTask(RectifiedFlow(), Velocity()).training_point(data, seeded(7))
    assert torch.equal(point.epsilon, noise)
    assert torch.equal(point.network_time, time * 999)
    assert torch.equal(point.target, data - noise)
    generator = seeded(7)
    noise, index = torch.randn(4, 3, generator=generator), torch.randint(1000, (4,), generator=generator)
    point = DenoisingTask(CosineDiffusion(), X0()).training_point(data, seeded(7))
    assert torch.equal(point.epsilon, noise)
    assert torch.equal(point.time, index)


def test_tasks_are_equal_where_they_ask_the_same() -> None:
    assert DenoisingTask(CosineDiffusion(), Epsilon()) == DenoisingTask(CosineDiffusion(), Epsilon())
    assert DenoisingTask(CosineDiffusion(), Epsilon()) != DenoisingTask(CosineDiffusion(), X0())
    plain, learned = (DenoisingTask(CosineDiffusion(), X0(), both) for both in (False, True))
    assert (plain.outputs(5), learned.outputs(5)) == (5, 10)
