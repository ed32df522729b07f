from __future__ import annotations

import pytest
import torch

from visavis.layers.packed import FloatLinear, HalfLinear
from visavis.models.arig.packed_short_range import PackedShortRange
from visavis.models.arig.short_range import ShortRange


def short(bidirectional: int, integrated: int) -> ShortRange:
    torch.manual_seed(0)
    made = ShortRange(16, 2, 32, 3, bidirectional, integrated)
    with torch.no_grad():
        for weights in made.parameters():
            weights.add_(0.2 * torch.randn_like(weights))
    return made


@torch.no_grad()
@pytest.mark.parametrize("depths", [(1, 1), (2, 1), (1, 2), (2, 3)], ids=str)
@pytest.mark.parametrize("rows", [1, 5])
def test_summaries_are_as_they_were(depths: tuple[int, int], rows: int) -> None:
    plain = short(*depths)
    behaviours, sound = torch.randn(rows, 2, 3, 16), torch.randn(rows, 16)
    wanted = plain(behaviours, sound)
    torch.testing.assert_close(PackedShortRange(plain, FloatLinear)(behaviours, sound), wanted, atol=1e-5, rtol=1e-5)
    half = PackedShortRange(plain, HalfLinear)(behaviours, sound)
    assert 0 < (half - wanted).norm() < 0.03 * wanted.norm()


@torch.no_grad()
def test_closed_gates_leave_what_was_done() -> None:
    torch.manual_seed(0)
    plain = ShortRange(16, 2, 32, 3, 2, 1)
    behaviours = torch.randn(2, 2, 3, 16)
    wanted = plain.compress((behaviours + plain.place)[:, 0].flatten(1))
    torch.testing.assert_close(PackedShortRange(plain, FloatLinear)(behaviours, torch.randn(2, 16)), wanted)
