from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from tests.sampling.exact import TASKS, Gaussian, Pair, each, knowing, noise_from, task_name
from visavis.core.errors import VisavisError
from visavis.core.protocols import Held
from visavis.sampling.adams_bashforth import AdamsBashforth
from visavis.sampling.ancestral import Ancestral
from visavis.sampling.ddim import Ddim
from visavis.sampling.denoising import DenoisingTask
from visavis.sampling.hold import hold
from visavis.sampling.logsnr import CosineLogSnr
from visavis.sampling.parameterisation import X0
from visavis.sampling.sampler import DenoisingSampler
from visavis.sampling.solver import Solver

SOLVERS = [Ancestral(), Ddim(), AdamsBashforth()]
SHAPE = (2, 2, 6, 3)
OVERLAP = torch.arange(6)[:, None].expand(SHAPE) < 2


@pytest.mark.parametrize("solver", SOLVERS, ids=each)
@pytest.mark.parametrize("task", TASKS, ids=task_name)
def test_held_values_come_out_exactly_and_the_rest_is_drawn(task: DenoisingTask, solver: Solver) -> None:
    values = torch.randn(SHAPE)
    values[~OVERLAP] = math.nan
    network, noise = knowing(task, 4, Gaussian(0.2, 0.5).clean), noise_from(3)
    drawn = DenoisingSampler(task, solver, 4).sample(network, SHAPE, noise, hold(Held(values, OVERLAP), noise))
    assert torch.equal(drawn[OVERLAP], values[OVERLAP])
    assert drawn.isfinite().all()
    assert len(drawn[~OVERLAP].unique()) == (~OVERLAP).sum()


def test_on_the_way_they_are_noised_as_the_level_is() -> None:
    held = Held(torch.full((20_000, 2), 3.0), torch.tensor([True, False]).expand(20_000, 2))
    hook = hold(held, noise_from(1))
    x = torch.zeros(20_000, 2)
    for signal, noise in ((0.0, 1.0), (0.6, 0.8), (0.96, 0.28)):
        put = hook(x, signal, noise)
        assert put[:, 0].mean().item() == pytest.approx(3 * signal, abs=0.02)
        assert put[:, 0].std().item() == pytest.approx(noise, abs=0.02)
        assert torch.equal(put[:, 1], x[:, 1])
    assert torch.equal(hook(x, 0.6, 0.8)[:, 1], x[:, 1])
    assert not torch.equal(hook(x, 0.6, 0.8), hook(x, 0.6, 0.8)), "each level has noise of its own"
    assert torch.equal(hook(x, 1.0, 0.0), torch.tensor([3.0, 0.0]).expand(20_000, 2))


@pytest.mark.parametrize("solver", SOLVERS, ids=each)
def test_holding_nothing_changes_nothing_and_holding_all_leaves_nothing_to_draw(solver: Solver) -> None:
    task = DenoisingTask(CosineLogSnr(), X0())
    sampler, network = DenoisingSampler(task, solver, 4), knowing(task, 4, Gaussian(0.2, 0.5).clean)
    values = torch.randn(SHAPE)

    def drawn(mask: Tensor) -> Tensor:
        return sampler.sample(network, SHAPE, noise_from(1), hold(Held(values, mask), noise_from(2)))

    nothing = torch.zeros(SHAPE, dtype=torch.bool)
    assert torch.equal(drawn(nothing), sampler.sample(network, SHAPE, noise_from(1)))
    assert torch.equal(drawn(~nothing), values)


@pytest.mark.parametrize("solver", [Ancestral(), Ddim()], ids=each)
def test_what_is_drawn_beside_follows_what_is_held_but_only_in_part(solver: Solver) -> None:
    correlation, known, rows = 0.9, 1.5, 20_000
    task, noise = DenoisingTask(CosineLogSnr(), X0()), noise_from(4)
    held = Held(torch.full((rows, 2), known), torch.tensor([True, False]).expand(rows, 2))
    drawn = DenoisingSampler(task, solver, 50).sample(
        knowing(task, 50, Pair(correlation).clean), (rows, 2), noise, hold(held, noise)
    )
    exact, beside = correlation * known, drawn[:, 1].mean().item()
    assert 0.45 * exact < beside < 0.75 * exact, "the bias that the docstring owns up to"


def test_noise_is_called_for_every_level_but_the_last_in_the_shape_of_the_draw() -> None:
    calls: list[tuple[int, ...]] = []

    def noise(shape: tuple[int, ...]) -> Tensor:
        calls.append(shape)
        return torch.zeros(shape)

    task = DenoisingTask(CosineLogSnr(), X0())
    sampler = DenoisingSampler(task, Ddim(), 4)
    sampler.sample(knowing(task, 4, Gaussian(0, 1).clean), SHAPE, noise, hold(Held(torch.zeros(SHAPE), OVERLAP), noise))
    assert calls == [SHAPE] * 5


def test_what_does_not_fit_the_draw_is_refused() -> None:
    for values, mask in (
        (torch.zeros(2, 3), torch.zeros(1, 3, dtype=torch.bool)),
        (torch.zeros(3), torch.zeros(2, 3, dtype=torch.bool)),
        (torch.zeros(2, 3), torch.zeros(2, 3)),
    ):
        with pytest.raises(VisavisError, match=r"a draw of shape \(2, 3\) holds values and a mask \(bool\) of that"):
            hold(Held(values, mask), torch.zeros)(torch.zeros(2, 3), 0.6, 0.8)
