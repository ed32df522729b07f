from __future__ import annotations

import math

import pytest
import torch

from visavis.training.speaker_losses import activity_loss, alone, voice_losses


def bits(*columns: list[int]) -> torch.Tensor:
    return torch.tensor(columns, dtype=torch.float32).T


def test_the_loss_is_that_of_the_better_order_of_each_window() -> None:
    truth = torch.stack([bits([1, 1, 0, 0], [0, 0, 0, 1]), bits([1, 0, 0, 1], [1, 1, 1, 0])])
    logits = torch.stack([4 * truth[0] - 2, (4 * truth[1] - 2).flip(-1)])
    right = math.log(1 + math.exp(-2))
    found = activity_loss(logits, truth)
    assert found.loss.item() == pytest.approx(right)
    assert found.error == 0
    assert torch.equal(found.ordered, torch.stack([truth[0], truth[1].flip(-1)]))


def test_exchanged_people_or_columns_change_nothing() -> None:
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(5, 20, 2, generator=generator)
    truth = (torch.rand(5, 20, 2, generator=generator) > 0.6).float()
    one = activity_loss(logits, truth)
    for other in (activity_loss(logits, truth.flip(-1)), activity_loss(logits.flip(-1), truth)):
        assert other.loss.item() == pytest.approx(one.loss.item())
        assert other.error == one.error


def test_the_order_is_of_whole_windows_not_of_frames() -> None:
    truth = bits([1, 1, 0, 0], [0, 0, 1, 1])[None]
    logits = torch.where(torch.arange(4)[:, None] < 3, 4 * truth - 2, (4 * truth - 2).flip(-1))
    wrong, right = math.log(1 + math.exp(2)), math.log(1 + math.exp(-2))
    found = activity_loss(logits, truth)
    assert found.loss.item() == pytest.approx((3 * right + wrong) / 4)
    assert found.error.item() == pytest.approx(0.25)


def test_alone_is_without_the_other() -> None:
    assert alone(bits([1, 1, 0], [0, 1, 0])).tolist() == [[1, 0], [0, 0], [0, 0]]


def scene(turned: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Two scenes of two people each, whose voices are four axes; `turned`: those of one window are exchanged."""
    speaking = torch.zeros(2, 2, 40, 2)
    speaking[:, :, :20, 0] = speaking[:, :, 20:, 1] = 1
    people = torch.tensor([[0, 1], [2, 3]])
    voices = torch.zeros(2, 2, 40, 4)
    for number in range(2):
        for window in range(2):
            axes = people[number].flip(0) if turned and window == 1 else people[number]
            voices[number, window, :20, axes[0]] = voices[number, window, 20:, axes[1]] = 1
    return voices, speaking, people


def test_voices_that_are_told_again_cost_little_and_exchanged_ones_much() -> None:
    contrast, again = voice_losses(*scene(turned=False), temperature=0.1)
    assert contrast.item() == pytest.approx(math.log(math.exp(10) + 6) - 10, abs=1e-5)
    assert again.item() == pytest.approx(math.log(math.exp(10) + 1) - 10, abs=1e-5)
    contrast, again = voice_losses(*scene(turned=True), temperature=0.1)
    assert contrast.item() == pytest.approx(math.log(math.exp(10) + 6), abs=1e-3)
    assert again.item() == pytest.approx(math.log(math.exp(10) + 1), abs=1e-3)


def test_who_hardly_speaks_alone_is_not_asked_for() -> None:
    voices, speaking, people = scene(turned=True)
    contrast, again = voice_losses(voices.requires_grad_(True), 0 * speaking, people, temperature=0.1)
    assert contrast.item() == again.item() == 0
    (contrast + again).backward()
    assert (voices.grad == 0).all()
