from __future__ import annotations

import math

import torch
from torch import Tensor

from visavis.models.timar.deviations import HISTORY, Deviations


def taught(windows: Tensor, ahead: int = 5) -> Deviations:
    deviations = Deviations(windows.shape[2], ahead)
    for _ in range(300):
        deviations.learn(windows, 0.05)
    return deviations


def waves(rows: int, frames: int, hz: float, generator: torch.Generator) -> Tensor:
    phase = 2 * math.pi * torch.rand(rows, 1, generator=generator)
    return torch.sin(2 * math.pi * hz / 25 * torch.arange(frames) + phase)[..., None]


def test_before_anything_is_learned_deviations_fade_within_seconds() -> None:
    last = torch.randn(20, HISTORY, 4, generator=torch.Generator().manual_seed(0))
    continued = Deviations(4, 5).continued(last)
    for frame in range(5):
        torch.testing.assert_close(continued[:, frame], 0.99 ** (frame + 1) * last[:, -1], atol=5e-4, rtol=0)


def test_what_lasts_goes_on_and_what_does_not_is_forgotten() -> None:
    generator = torch.Generator().manual_seed(0)
    windows = torch.randn(400, 1, 2, generator=generator).expand(-1, 40, -1).clone()
    windows[..., 0] = torch.randn(400, 40, generator=generator)
    continued = taught(windows).continued(torch.ones(1, HISTORY, 2))[0]
    assert continued[:, 0].abs().max() < 0.1
    assert (continued[:, 1] > 0.9).all()
    assert (continued[:, 1] < 1).all()


def test_a_movement_under_way_swings_on() -> None:
    """A nod that was begun comes back up: its frames are foretold, not its last place held."""
    generator = torch.Generator().manual_seed(0)
    deviations = taught(waves(200, 100, 2.0, generator))
    wave = waves(50, HISTORY + 5, 2.0, generator)
    continued = deviations.continued(wave[:, :HISTORY])
    error = (continued - wave[:, HISTORY:]).square().mean() / wave.square().mean()
    held = (wave[:, HISTORY - 1 : HISTORY] - wave[:, HISTORY:]).square().mean() / wave.square().mean()
    assert error < 0.1 < held


def test_only_what_counts_is_learned_from() -> None:
    generator = torch.Generator().manual_seed(0)
    windows = waves(50, 100, 2.0, generator).repeat(1, 1, 2)
    counted = torch.ones(50, 100, 2, dtype=torch.bool)
    counted[:, 50:, 0] = False
    counted[..., 1] = False
    other = torch.where(counted, windows, torch.tensor(9.0))
    one, two = Deviations(2, 5), Deviations(2, 5)
    before = one.autocovariance.clone()
    one.learn(windows, 0.5, counted)
    two.learn(other, 0.5, counted)
    assert torch.equal(one.autocovariance, two.autocovariance)
    assert torch.equal(one.autocovariance[1], before[1])
    assert not torch.equal(one.autocovariance[0], before[0])
