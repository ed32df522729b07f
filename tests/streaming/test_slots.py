from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from visavis.core.state import concat_rows
from visavis.streaming.slots import Slots


@dataclass(frozen=True)
class Two:
    """A state whose two tensors may be one and the same, as a model's empty keys and values are."""

    number: Tensor
    other: Tensor


def one(number: float) -> Two:
    kept = torch.full((1, 3), number)
    return Two(kept, kept)


def numbers(state: Two) -> list[float]:
    assert torch.equal(state.number, state.other)
    return state.number[:, 0].tolist()


def filled(*values: float) -> Slots[Two]:
    slots: Slots[Two] = Slots()
    slots.append([one(value) for value in values])
    return slots


def test_states_come_go_and_close_up() -> None:
    slots = filled(1, 2, 3)
    slots.append([one(4)])
    assert numbers(slots.rows(range(4))) == [1, 2, 3, 4]
    slots.remove({0, 2})
    assert (len(slots), numbers(slots.rows([0, 1]))) == (2, [2, 4])
    slots.remove({0, 1})
    assert len(slots) == 0
    slots.append([one(5)])
    slots.append([])
    assert numbers(slots.row(0)) == [5]


def test_all_rows_in_order_are_not_copied() -> None:
    slots = filled(1, 2)
    after = concat_rows([one(3), one(4)])
    slots.put([0, 1], after)
    assert slots.rows([0, 1]) is after
    assert numbers(slots.rows([1, 0])) == [4, 3]


@pytest.mark.parametrize("whole", [True, False])
def test_what_came_in_and_what_went_out_stays_as_it_was(whole: bool) -> None:
    slots = filled(1, 2, 3)
    after = concat_rows([one(4), one(5), one(6)])
    if whole:
        slots.put(range(3), after)
    out, row = slots.rows(range(3)), slots.row(1)
    before = numbers(out)
    slots.put([1], one(9))
    slots.put([2, 0], concat_rows([one(7), one(8)]))
    assert numbers(slots.rows(range(3))) == [8, 9, 7]
    assert (numbers(out), numbers(row), numbers(after)) == (before, [before[1]], [4, 5, 6])


def test_a_row_alone_is_held_as_it_is_and_not_written_to() -> None:
    slots, first = filled(), one(1)
    slots.append([first])
    slots.append([one(2)])
    slots.put([0], one(3))
    assert (numbers(first), numbers(slots.rows([0, 1]))) == ([1], [3, 2])
