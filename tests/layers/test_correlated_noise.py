from __future__ import annotations

import pytest
import torch
from torch import Tensor

from visavis.layers import correlated_noise
from visavis.layers.correlated_noise import CorrelatedNoise

LAGS, ROWS = 6, 400


def smooth(frames: int, generator: torch.Generator) -> Tensor:
    """A process of second order (1, T, 1) of unit variance: it moves slowly, and swings."""
    white = torch.randn(frames, generator=generator).tolist()
    made = [0.0, 0.0]
    for fresh in white:
        made.append(1.6 * made[-1] - 0.8 * made[-2] + fresh)
    process = torch.tensor(made[100:])
    return (process / process.std())[None, :, None]


def drawn(noise: CorrelatedNoise, frames: int) -> Tensor:
    """Many conversations from their beginning on (B, T, D)."""
    channels = noise.autocovariance.shape[1]
    generator = torch.Generator().manual_seed(1)
    past, made = torch.zeros(ROWS, noise.lags, channels), []
    for frame in range(frames):
        white = torch.randn(ROWS, channels, generator=generator)
        now = noise(white, past, torch.full((ROWS,), frame))
        past = torch.cat([past[:, 1:], now[:, None]], dim=1)
        made.append(now)
    return torch.stack(made, dim=1)


def test_it_moves_as_its_examples_do_from_the_first_frame_on_and_for_ever() -> None:
    example = torch.cat([smooth(20_000, torch.Generator().manual_seed(0)), torch.randn(1, 19_902, 1)], dim=-1)
    noise = CorrelatedNoise(2, LAGS)
    noise.learn(example, 1.0)
    made = drawn(noise, 60)
    for frames in (made[:, :2], made[:, 30:32], made[:, 58:]):
        assert frames.std(dim=(0, 1)).tolist() == pytest.approx([1, 1], abs=0.08)
        change = torch.diff(frames, dim=1).std(dim=(0, 1)) / torch.diff(example, dim=1).std(dim=(0, 1))
        assert change.tolist() == pytest.approx([1, 1], abs=0.1)


def test_before_it_has_learned_anything_it_is_independent_noise() -> None:
    noise, white = CorrelatedNoise(3, LAGS), torch.randn(4, 3)
    assert torch.equal(noise(white, torch.randn(4, LAGS, 3), torch.tensor([0, 1, 5, 90])), white)


def test_frames_that_do_not_count_teach_nothing() -> None:
    noise, other = CorrelatedNoise(2, LAGS), CorrelatedNoise(2, LAGS)
    example = smooth(2000, torch.Generator().manual_seed(0)).expand(-1, -1, 2)
    counted = torch.ones_like(example, dtype=torch.bool)
    counted[:, 1000:, 1] = False
    spoilt = torch.where(counted, example, torch.tensor(50.0))
    noise.learn(spoilt, 1.0, counted)
    other.learn(example[:, :1000], 1.0)
    torch.testing.assert_close(noise.autocovariance[:, 1], other.autocovariance[:, 1])
    before = noise.autocovariance.clone()
    noise.learn(example, 1.0, torch.zeros_like(counted))
    assert torch.equal(noise.autocovariance, before)


def test_learning_goes_a_part_of_the_way() -> None:
    noise, example = CorrelatedNoise(1, 1), torch.ones(1, 100, 1)
    noise.learn(example, 0.25)
    torch.testing.assert_close(noise.autocovariance[:, 0], torch.tensor([1.0, 0.25]))


def told(noise: CorrelatedNoise) -> Tensor:
    return noise(torch.ones(1, 1), torch.ones(1, LAGS, 1), torch.tensor([LAGS]))


def test_what_follows_from_its_autocorrelation_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    noise, counted = CorrelatedNoise(1, LAGS), []
    noise.learn(smooth(2000, torch.Generator().manual_seed(0)), 1.0)
    plain = correlated_noise.predicted
    monkeypatch.setattr(correlated_noise, "predicted", lambda source: counted.append(source) or plain(source))
    with torch.inference_mode():
        first = told(noise)
    assert all(torch.equal(told(noise), first) for _ in range(5))
    assert len(counted) == 1
    white = torch.ones(1, 1, requires_grad=True)
    noise(white, torch.ones(1, LAGS, 1), torch.tensor([LAGS])).sum().backward()
    assert white.grad is not None, "what was computed in inference mode serves gradients, too"


@pytest.mark.parametrize("how", ["learned", "copied", "loaded", "replaced"])
def test_it_follows_an_autocorrelation_that_changes(how: str) -> None:
    noise, other = CorrelatedNoise(1, LAGS), CorrelatedNoise(1, LAGS)
    other.learn(smooth(2000, torch.Generator().manual_seed(0)), 1.0)
    before, wanted = told(noise), told(other)
    assert not torch.equal(before, wanted)
    if how == "learned":
        noise.learn(smooth(2000, torch.Generator().manual_seed(0)), 1.0)
    elif how == "copied":
        with torch.inference_mode():
            noise.autocovariance.copy_(other.autocovariance)
    elif how == "loaded":
        noise.load_state_dict(other.state_dict())
    else:
        noise.autocovariance = other.autocovariance.clone()
    assert torch.equal(told(noise), wanted)


def test_a_settled_process_draws_the_same() -> None:
    noise = CorrelatedNoise(3, 4)
    noise.learn(torch.randn(8, 60, 3, generator=torch.Generator().manual_seed(0)).cumsum(1), 1.0)
    settled = noise.settled()
    white, past = torch.randn(2, 3), torch.randn(2, 4, 3)
    steps = torch.tensor([2, 9])
    assert torch.equal(settled(white, past, steps), noise(white, past, steps))
    noise.learn(torch.randn(8, 60, 3), 1.0)
    assert not torch.equal(settled(white, past, steps), noise(white, past, steps))
