from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.networks import network
from tests.sampling.exact import TASKS, Gaussian, Mixture, each, knowing, noise_from, task_name
from visavis.core.errors import VisavisError
from visavis.core.protocols import Predict
from visavis.sampling.adams_bashforth import AdamsBashforth
from visavis.sampling.ancestral import Ancestral
from visavis.sampling.cosine import CosineDiffusion
from visavis.sampling.ddim import Ddim
from visavis.sampling.denoising import DenoisingTask
from visavis.sampling.flow import RectifiedFlow
from visavis.sampling.logsnr import CosineLogSnr
from visavis.sampling.parameterisation import X0, Epsilon
from visavis.sampling.process import Process
from visavis.sampling.sampler import DenoisingSampler
from visavis.sampling.solver import Solver

SOLVERS = [Ancestral(0.8), Ddim(0.5), AdamsBashforth()]
SHAPE = (3, 2, 5, 4)

every_solver = pytest.mark.parametrize("solver", SOLVERS, ids=each)
every_task = pytest.mark.parametrize("task", TASKS, ids=task_name)


@every_solver
@every_task
def test_values_of_several_axes_are_drawn_as_rows_are(task: DenoisingTask, solver: Solver) -> None:
    sampler, noise = DenoisingSampler(task, solver, 5), noise_from(1, torch.float64)
    drawn = sampler.sample(knowing(task, 5, Gaussian(0.3, 0.7).clean), SHAPE, noise)
    assert drawn.shape == SHAPE
    again = noise_from(1, torch.float64)
    rows = sampler.sample(
        knowing(task, 5, Gaussian(0.3, 0.7).clean), (3, 40), lambda shape: again((*shape[:1], 2, 5, 4)).flatten(1)
    )
    torch.testing.assert_close(drawn.flatten(1), rows)


@every_solver
@every_task
def test_the_network_is_given_all_times_before_it_is_asked_at_each(task: DenoisingTask, solver: Solver) -> None:
    told: list[Tensor] = []
    asked: list[int] = []

    def predict(x: Tensor, step: int) -> Tensor:
        asked.append(step)
        return torch.zeros_like(x)

    def watched(times: Tensor) -> object:
        told.append(times)
        return predict

    DenoisingSampler(task, solver, 6).sample(watched, SHAPE, noise_from())  # type: ignore[arg-type]
    expected = task.process.network_time(torch.tensor(task.process.schedule(6).times))
    assert len(told) == 1
    assert torch.equal(told[0], expected)
    assert asked == list(range(6))


@every_solver
@every_task
def test_a_hook_sees_each_level_once_and_decides_what_is_asked_about(task: DenoisingTask, solver: Solver) -> None:
    seen: list[tuple[float, float]] = []
    asked: list[Tensor] = []

    def hook(x: Tensor, signal: float, noise: float) -> Tensor:
        seen.append((signal, noise))
        return torch.full_like(x, float(len(seen)))

    def predict(x: Tensor, _time: Tensor) -> Tensor:
        asked.append(x)
        return torch.zeros_like(x)

    drawn = DenoisingSampler(task, solver, 4).sample(network(predict), SHAPE, noise_from(), hook)
    assert seen == [(level.signal, level.noise) for level in task.process.schedule(4).levels]
    assert [x.unique().tolist() for x in [*asked, drawn]] == [[1], [2], [3], [4], [5]]


@pytest.mark.parametrize("solver", [Ancestral(), Ddim()], ids=each)
def test_clipped_data_bounds_what_is_drawn_however_wrong_the_predicted_noise(solver: Solver) -> None:
    task = DenoisingTask(CosineDiffusion(), Epsilon())

    def careless(x: Tensor, _time: Tensor) -> Tensor:
        return 0.5 * x

    free, clipped = (
        DenoisingSampler(task, solver, 15, clip).sample(network(careless), (4, 3), noise_from(1))
        for clip in (None, 3.0)
    )
    assert free.abs().max() > 100
    assert clipped.abs().max() <= 3


@pytest.mark.parametrize(
    ("process", "clip"), [(CosineDiffusion(), 3.0), (CosineLogSnr(least=-8.0), None)], ids=["clipped", "less noise"]
)
@pytest.mark.parametrize("solver", [Ancestral(), Ddim()], ids=each)
def test_predicted_noise_with_small_errors_draws_the_data_in_15_steps(
    process: Process, clip: float | None, solver: Solver
) -> None:
    def drawn(task: DenoisingTask, clip: float | None) -> Tensor:
        exact, errors = knowing(task, 15, Mixture((Gaussian(-1.0, 0.3), Gaussian(1.0, 0.3)), 0.5).clean), noise_from(5)

        def inexact(times: Tensor) -> Predict:
            predict = exact(times)
            return lambda x, step: predict(x, step) + 0.02 * errors(tuple(x.shape))

        return DenoisingSampler(task, solver, 15, clip).sample(inexact, (10_000, 1), noise_from(1))

    found = drawn(DenoisingTask(process, Epsilon()), clip)
    right = found[found > 0]
    assert len(right) / len(found) == pytest.approx(0.5, abs=0.02)
    assert right.mean().item() == pytest.approx(1.0, abs=0.06)
    assert right.std().item() == pytest.approx(0.3, abs=0.05)
    careless = drawn(DenoisingTask(CosineDiffusion(), Epsilon()), None)
    assert careless.abs().mean() > 1.25, "what clipping and less noise are for"


def test_clipping_beyond_the_data_changes_nothing() -> None:
    task = DenoisingTask(CosineDiffusion(), Epsilon())
    one, other = (
        DenoisingSampler(task, Ddim(), 15, clip).sample(
            knowing(task, 15, Gaussian(0.2, 0.5).clean), (4, 3), noise_from(1, torch.float64)
        )
        for clip in (None, 50.0)
    )
    torch.testing.assert_close(one, other)


def test_a_network_of_another_width_is_refused() -> None:
    task = DenoisingTask(CosineDiffusion(), X0(), learned_variance=True)
    with pytest.raises(VisavisError, match="gave 3 numbers for 3 values; with learned_variance True it gives 6"):
        DenoisingSampler(task, Ancestral(), 2).sample(network(lambda x, _: x), (2, 3), torch.zeros)
    plain = DenoisingTask(CosineDiffusion(), X0())
    with pytest.raises(VisavisError, match="gave 6 numbers for 3 values; with learned_variance False it gives 3"):
        DenoisingSampler(plain, Ddim(), 2).sample(network(lambda x, _: torch.cat([x, x], 1)), (2, 3), torch.zeros)


def test_what_cannot_be_drawn_is_refused_beforehand() -> None:
    with pytest.raises(VisavisError, match=r"RectifiedFlow starts from noise alone.*predict x0 or v"):
        DenoisingSampler(DenoisingTask(RectifiedFlow(), Epsilon()), Ddim(), 5)
    with pytest.raises(VisavisError, match="diffusion takes 1 to 1000 steps, 1001 were asked for"):
        DenoisingSampler(DenoisingTask(CosineDiffusion(), X0()), Ancestral(), 1001)


@every_solver
def test_a_learned_variance_is_left_aside_where_it_is_not_used(solver: Solver) -> None:
    task, learned = (DenoisingTask(CosineDiffusion(), X0(), both) for both in (False, True))
    plain = knowing(task, 5, Gaussian(0.3, 0.7).clean)

    def doubled(times: Tensor) -> object:
        predict = plain(times)
        return lambda x, step: torch.cat([predict(x, step), -torch.ones_like(x)], -1)

    one = DenoisingSampler(task, solver, 5).sample(plain, SHAPE, noise_from(1))
    other = DenoisingSampler(learned, solver, 5).sample(doubled, SHAPE, noise_from(1))  # type: ignore[arg-type]
    assert torch.equal(one, other)
