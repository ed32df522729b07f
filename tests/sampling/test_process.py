from __future__ import annotations

import math

import pytest
import torch

from tests.sampling.exact import PROCESSES, each
from visavis.core.errors import VisavisError
from visavis.sampling.cosine import CosineDiffusion
from visavis.sampling.flow import RectifiedFlow
from visavis.sampling.process import DATA, TIME_SCALE, Process, diffusion_level, per_row

every_process = pytest.mark.parametrize("process", PROCESSES, ids=each)


@every_process
@pytest.mark.parametrize("steps", [1, 2, 7, 50])
def test_a_schedule_goes_from_noise_to_the_data_itself(process: Process, steps: int) -> None:
    schedule = process.schedule(steps)
    assert (len(schedule.times), len(schedule.levels)) == (steps, steps + 1)
    assert (schedule.levels[-1].signal, schedule.levels[-1].noise) == (1, 0)
    assert [level.noise for level in schedule.levels] == sorted(
        (level.noise for level in schedule.levels), reverse=True
    )
    assert len(set(schedule.times)) == steps
    if steps > 1:
        assert schedule.levels[0].signal < 1e-4


@every_process
def test_the_levels_of_a_schedule_are_those_of_its_times(process: Process) -> None:
    schedule = process.schedule(6)
    whole = isinstance(process, CosineDiffusion)
    times = torch.tensor(schedule.times, dtype=torch.int64 if whole else torch.float64)
    found = process.level(times, torch.zeros(6, 2, 3, dtype=torch.float64))
    for name, numbers in vars(found).items():
        assert numbers.shape == (6, 1, 1)
        expected = [getattr(level, name) for level in schedule.levels[:-1]]
        assert numbers.flatten().tolist() == pytest.approx(expected, abs=1e-12)


@every_process
def test_rates_are_derivatives_along_the_path(process: Process) -> None:
    for level in process.schedule(9).levels:
        if isinstance(process, RectifiedFlow):
            assert (level.signal, level.noise) == (level.position, 1 - level.position)
            assert (level.signal_rate, level.noise_rate) == (1, -1)
        else:
            assert level.signal == pytest.approx(math.cos(level.position), abs=1e-12)
            assert level.noise == pytest.approx(math.sin(level.position), abs=1e-12)
            assert level.signal_rate == pytest.approx(-math.sin(level.position), abs=1e-12)
            assert level.noise_rate == pytest.approx(math.cos(level.position), abs=1e-12)


@every_process
def test_networks_are_told_times_between_0_and_999(process: Process) -> None:
    for times in (
        process.random_times(torch.zeros(2000, 1), torch.Generator().manual_seed(0)),
        torch.tensor(process.schedule(20).times),
    ):
        told = process.network_time(times)
        assert told.dtype == torch.float32
        assert 0 <= told.min() < 0.06 * TIME_SCALE
        assert 0.9 * TIME_SCALE < told.max() <= TIME_SCALE


@every_process
def test_a_draw_of_no_steps_is_refused(process: Process) -> None:
    with pytest.raises(VisavisError, match="0 were asked for"):
        process.schedule(0)


def test_noised_values_are_data_and_noise_in_the_shares_of_the_level() -> None:
    data, epsilon = torch.randn(4, 2, 3), torch.randn(4, 2, 3)
    level = diffusion_level(math.atan2(0.8, 0.6), 0.6, 0.8)
    torch.testing.assert_close(level.noised(data, epsilon), 0.6 * data + 0.8 * epsilon)
    assert torch.equal(DATA.noised(data, epsilon), data)
    rows = diffusion_level(
        *(per_row(torch.tensor(numbers), data) for numbers in ([0.0] * 4, [1.0, 0, 1, 0], [0.0, 1, 0, 1]))
    )
    assert torch.equal(rows.noised(data, epsilon), torch.stack([data[0], epsilon[1], data[2], epsilon[3]]))
