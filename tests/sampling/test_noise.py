from __future__ import annotations

import pytest
import torch
from torch import Tensor

from visavis.sampling.noise import SeededNoise


def noise(seeds: list[int], steps: list[int]) -> SeededNoise:
    return SeededNoise(torch.tensor(seeds), torch.tensor(steps))


def test_a_row_does_not_depend_on_its_batch() -> None:
    both, alone = noise([7, 9], [3, 5]), noise([9], [5])
    for tokens in (4, 1, 20):
        assert torch.equal(both((2 * tokens, 6))[tokens:], alone((tokens, 6)))


def test_the_order_of_rows_and_earlier_calls_elsewhere_do_not_matter() -> None:
    first = noise([1, 2], [0, 0])((2, 8))
    noise([5], [5])((100, 8))
    swapped = noise([2, 1], [0, 0])((2, 8))
    assert torch.equal(first, swapped.flip(0))
    assert torch.equal(first, noise([1, 2], [0, 0])((2, 8)))


def test_every_seed_step_and_call_has_numbers_of_its_own() -> None:
    def draws(source: SeededNoise) -> list[Tensor]:
        return [source((1, 8)), source((1, 8))]

    every = [draw for seed in (0, 1, 2) for step in (0, 1, 2) for draw in draws(noise([seed], [step]))]
    assert len({tuple(draw.flatten().tolist()) for draw in every}) == len(every)


def test_the_numbers_are_standard_normal_and_unrelated_between_rows_and_steps() -> None:
    drawn = torch.stack([noise([0, 1], [step, step])((2, 500)) for step in range(40)])
    assert drawn.mean().item() == pytest.approx(0, abs=0.02)
    assert drawn.std().item() == pytest.approx(1, abs=0.02)
    rows = drawn.permute(1, 0, 2).flatten(1)
    assert torch.corrcoef(rows)[0, 1].abs() < 0.03
    assert torch.corrcoef(drawn[:, 0]).fill_diagonal_(0).abs().max() < 0.25
