from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from tests.small_systems import CONFIGS, chunk_for, make
from visavis.core.state import concat_rows, select_rows
from visavis.system.state import SystemState


def tensors(state: Any) -> Iterator[torch.Tensor]:
    if isinstance(state, torch.Tensor):
        yield state
    elif state is not None:
        for part in state if isinstance(state, tuple) else vars(state).values():
            yield from tensors(part)


@pytest.mark.parametrize("name", CONFIGS)
def test_every_tensor_of_a_state_has_a_row_for_each_conversation(name: str) -> None:
    system = make(name)
    _, state = system.step(chunk_for(system, 23, rows=3), system.init_state(3))
    assert isinstance(state, SystemState)
    assert {len(tensor) for tensor in tensors(state)} == {3}
    assert {len(tensor) for tensor in tensors(select_rows(state, [2, 0, 0, 1]))} == {4}
    for before, after in zip(tensors(state), tensors(concat_rows([state, state])), strict=True):
        assert torch.equal(after[3:], before)


def test_a_step_leaves_the_state_before_it_as_it_was() -> None:
    system = make("timar shipped")
    _, state = system.step(chunk_for(system, 15), system.init_state(1))
    kept = [tensor.clone() for tensor in tensors(state)]
    system.step(chunk_for(system, 15, seed=1), state)
    assert all(torch.equal(before, now) for before, now in zip(kept, tensors(state), strict=True))
