from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch

from visavis.core.state import concat_rows, merge_rows, select_rows


@dataclass(frozen=True)
class Cache:
    keys: torch.Tensor
    blocks: tuple[torch.Tensor, ...]
    seen: torch.Tensor | None = None


def cache(*rows: float) -> Cache:
    values = torch.tensor(rows)
    return Cache(values[:, None, None].expand(-1, 2, 3).clone(), (values, values + 100))


def rows(state: Cache) -> list[float]:
    assert state.keys[:, 0, 0].tolist() == state.blocks[0].tolist() == (state.blocks[1] - 100).tolist()
    return state.blocks[0].tolist()


def test_rows_can_be_dropped_reordered_and_forked() -> None:
    assert rows(select_rows(cache(1, 2, 3), [2, 0])) == [3, 1]
    assert rows(select_rows(cache(1, 2), [1, 1, 0])) == [2, 2, 1]


def test_rows_can_be_held_and_reset() -> None:
    before, after = cache(1, 2, 3), cache(11, 12, 13)
    assert rows(merge_rows(torch.tensor([True, False, True]), after, before)) == [11, 2, 13]


def test_rows_of_two_states_come_together() -> None:
    both = concat_rows([cache(1), cache(2, 3)])
    assert rows(both) == [1, 2, 3]
    assert both.seen is None


def test_a_fork_shares_nothing() -> None:
    state = cache(1, 2)
    forked = select_rows(state, [0, 0])
    forked.keys[0] += 1
    assert rows(state) == [1, 2]
    assert forked.keys[1, 0, 0] == 1


def test_a_state_holds_tensors_only() -> None:
    with pytest.raises(TypeError, match="not list"):
        select_rows([torch.zeros(2)], [0])
