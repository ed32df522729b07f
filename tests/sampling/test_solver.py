from __future__ import annotations

import pytest
import torch

from tests.sampling.exact import PROCESSES, each
from visavis.sampling.flow import RectifiedFlow
from visavis.sampling.parameterisation import X0, Epsilon, Parameterisation, Velocity
from visavis.sampling.process import DATA, Process
from visavis.sampling.solver import Estimate, apply_hook


@pytest.mark.parametrize("process", PROCESSES, ids=each)
@pytest.mark.parametrize("said", [X0(), Epsilon(), Velocity()], ids=each)
def test_what_is_clipped_still_explains_the_values(process: Process, said: Parameterisation) -> None:
    level = process.schedule(4).levels[2]
    x, out = torch.randn(2, 5, 4, dtype=torch.float64), torch.randn(2, 5, 4, dtype=torch.float64)
    plain = Estimate(out, None, x, level, said)
    torch.testing.assert_close(level.noised(plain.clean, plain.epsilon), x)
    clipped = plain.clipped(0.25)
    torch.testing.assert_close(clipped.clean, plain.clean.clamp(-0.25, 0.25))
    torch.testing.assert_close(level.noised(clipped.clean, clipped.epsilon), x)
    velocity = clipped.clean * level.signal_rate + clipped.epsilon * level.noise_rate
    torch.testing.assert_close(clipped.velocity, velocity)
    torch.testing.assert_close(plain.clipped(1e9).velocity, plain.velocity)


def test_a_hook_is_given_values_and_the_level_and_gives_values() -> None:
    x, level = torch.ones(2, 3), RectifiedFlow().schedule(2).levels[1]
    assert apply_hook(x, level, None) is x
    assert torch.equal(apply_hook(x, level, lambda x, signal, noise: x + 2 * signal + 4 * noise), x + 3)
    assert torch.equal(apply_hook(x, DATA, lambda x, signal, noise: x * signal + noise), x)
