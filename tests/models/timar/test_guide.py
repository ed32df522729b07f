from __future__ import annotations

import torch
from torch import Tensor

from visavis.models.timar.guide import Guide

FRAMES, CHANNELS, ROWS = 5, 3, 4


def guide() -> Guide:
    torch.manual_seed(0)
    return Guide(CHANNELS, FRAMES, condition=8, ending=7)


def wandering(rows: int, generator: torch.Generator) -> Tensor:
    """Random walks from zero with steps of 0.1, (rows, FRAMES * CHANNELS)."""
    steps = 0.1 * torch.randn(rows, FRAMES, CHANNELS, generator=generator)
    return steps.cumsum(1).flatten(1)


def test_absolute_undoes_relative_with_and_without_a_last_frame() -> None:
    values, last = torch.randn(ROWS, FRAMES * CHANNELS), torch.randn(ROWS, CHANNELS)
    known = torch.tensor([1.0, 0.0, 1.0, 0.0])
    relative = guide().relative(values, last, known)
    torch.testing.assert_close(relative[1], values[1])
    torch.testing.assert_close(guide().absolute(relative, last, known), values)


def test_standing_still_is_zero() -> None:
    last = torch.randn(ROWS, CHANNELS)
    held = last[:, None].expand(-1, FRAMES, -1).flatten(1)
    assert torch.count_nonzero(guide().relative(held, last, torch.ones(ROWS))) == 0


def test_an_untrained_guide_guesses_that_nothing_moves_and_usual_errors() -> None:
    guess, log_size = guide()(torch.randn(ROWS, 8), torch.randn(ROWS, 7), torch.randn(ROWS, FRAMES * CHANNELS))
    assert torch.count_nonzero(guess) == torch.count_nonzero(log_size) == 0


def test_sizes_stay_within_reason() -> None:
    made = guide()
    torch.nn.init.constant_(made.size.bias, 50.0)
    _, log_size = made(torch.randn(ROWS, 8), torch.randn(ROWS, 7), torch.randn(ROWS, FRAMES * CHANNELS))
    assert log_size.exp().max() < 5


def test_learned_units_whiten_each_kind_of_row_by_itself() -> None:
    made, generator = guide(), torch.Generator().manual_seed(1)
    known = torch.tensor([1.0, 0.0]).repeat(200)
    scale = torch.where(known > 0, 1.0, 20.0)[:, None]
    for _ in range(300):
        made.learn_units(wandering(400, generator) * scale, known, rate=0.05)
    error = wandering(4000, generator) * scale.repeat(10, 1)
    known = known.repeat(10)
    white = made.whiten(error, known)
    frames = white.unflatten(1, (FRAMES, CHANNELS))[..., 0]
    for chosen in (known > 0, known <= 0):
        torch.testing.assert_close(torch.cov(frames[chosen].T), torch.eye(FRAMES), atol=0.12, rtol=0)
    torch.testing.assert_close(made.colour(white, known), error, atol=1e-4, rtol=1e-4)


def test_drawn_errors_start_where_the_motion_is() -> None:
    made, generator = guide(), torch.Generator().manual_seed(2)
    known = torch.ones(400)
    for _ in range(300):
        made.learn_units(wandering(400, generator), known, rate=0.05)
    drawn = made.colour(torch.randn(400, FRAMES * CHANNELS, generator=generator), known).unflatten(
        1, (FRAMES, CHANNELS)
    )
    sizes = drawn.square().mean((0, 2)).sqrt()
    steps = torch.diff(drawn, dim=1).square().mean((0, 2)).sqrt()
    torch.testing.assert_close(sizes[0], torch.tensor(0.1), atol=0.01, rtol=0)
    torch.testing.assert_close(steps, torch.full((FRAMES - 1,), 0.1), atol=0.01, rtol=0)


def test_nothing_is_composed_beyond_reason() -> None:
    far = guide().absolute(torch.full((1, FRAMES * CHANNELS), 1e6), torch.zeros(1, CHANNELS), torch.ones(1))
    assert far.abs().max() <= 10


def test_a_settled_guide_gives_the_same_and_learns_no_further() -> None:
    made, generator = guide(), torch.Generator().manual_seed(3)
    known = torch.tensor([1.0, 0.0]).repeat(10)
    made.learn_units(wandering(20, generator), known, rate=0.5)
    error, settled = wandering(20, generator), made.settled()
    before = settled.colour(error, known)
    assert torch.equal(before, made.colour(error, known))
    assert torch.equal(settled.whiten(error, known), made.whiten(error, known))
    made.learn_units(100 * error, known, rate=0.5)
    assert torch.equal(settled.colour(error, known), before)
    assert not torch.equal(made.colour(error, known), before)


def test_units_are_learned_from_what_counts_alone() -> None:
    generator = torch.Generator().manual_seed(4)
    error, known = wandering(40, generator), (torch.arange(40) % 2).float()
    counted = torch.rand(40, CHANNELS, generator=generator) < 0.5
    counted[:, 0] = False
    whole, exact, part, strange = (guide() for _ in range(4))
    whole.learn_units(error, known, rate=0.5)
    exact.learn_units(error, known, 0.5, torch.ones_like(counted))
    assert torch.equal(whole.covariance, exact.covariance)
    part.learn_units(error, known, 0.5, counted)
    nonsense = torch.where(counted.repeat(1, FRAMES), error, torch.full_like(error, 1e3))
    strange.learn_units(nonsense, known, 0.5, counted)
    assert torch.equal(part.covariance, strange.covariance)
    assert torch.equal(part.covariance[:, 0], guide().covariance[:, 0]), "nobody knew it, so it stays"
    alone = guide()
    alone.learn_units(error[counted[:, 1]], known[counted[:, 1]], rate=0.5)
    torch.testing.assert_close(part.covariance[:, 1], alone.covariance[:, 1])
