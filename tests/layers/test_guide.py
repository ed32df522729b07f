from __future__ import annotations

import math

import torch

from visavis.layers.guide import Guide, cosines

FRAMES, CHANNELS, ROWS = 5, 3, 4


def guide() -> Guide:
    torch.manual_seed(0)
    return Guide(CHANNELS, FRAMES, condition=8, ending=7)


def test_the_basis_is_orthonormal_and_starts_with_the_mean() -> None:
    basis = cosines(FRAMES)
    torch.testing.assert_close(basis @ basis.T, torch.eye(FRAMES), atol=1e-6, rtol=0)
    torch.testing.assert_close(basis[0], torch.full((FRAMES,), 1 / math.sqrt(FRAMES)))


def test_decoding_undoes_encoding_with_and_without_a_last_frame() -> None:
    values, last = torch.randn(ROWS, FRAMES * CHANNELS), torch.randn(ROWS, CHANNELS)
    known = torch.tensor([1.0, 0.0, 1.0, 0.0])
    code = guide().encode(values, last, known)
    torch.testing.assert_close(guide().decode(code, last, known), values)


def test_standing_still_codes_as_zeros() -> None:
    last = torch.randn(ROWS, CHANNELS)
    held = last[:, None].expand(-1, FRAMES, -1).flatten(1)
    torch.testing.assert_close(guide().encode(held, last, torch.ones(ROWS)), torch.zeros_like(held), atol=1e-6, rtol=0)


def test_an_untrained_guide_guesses_that_nothing_moves() -> None:
    guess = guide()(torch.randn(ROWS, 8), torch.randn(ROWS, 7), torch.randn(ROWS, FRAMES * CHANNELS))
    assert torch.count_nonzero(guess) == 0


def test_units_become_the_size_of_the_errors_each_kind_of_row_by_itself() -> None:
    made = guide()
    generator = torch.Generator().manual_seed(1)
    known = torch.tensor([1.0, 0.0]).repeat(200)
    for _ in range(300):
        error = torch.randn(400, FRAMES * CHANNELS, generator=generator) * torch.where(known > 0, 0.2, 2.0)[:, None]
        made.learn_units(error, known, rate=0.05)
    units = made.units(torch.tensor([1.0, 0.0]))
    torch.testing.assert_close(units[0], torch.full((15,), 0.2), atol=0.02, rtol=0)
    torch.testing.assert_close(units[1], torch.full((15,), 2.0), atol=0.2, rtol=0)


def test_nothing_is_decoded_beyond_reason() -> None:
    far = guide().decode(torch.full((1, FRAMES * CHANNELS), 1e6), torch.zeros(1, CHANNELS), torch.ones(1))
    assert far.abs().max() <= 10
