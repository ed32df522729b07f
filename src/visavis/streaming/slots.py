"""A standing batch: the states of many conversations as the rows of one, so that a step copies none of them.

Shapes: B rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

from visavis.core.state import concat_rows, mapped, select_rows

State = TypeVar("State")


@dataclass(frozen=True, eq=False)
class Row(Generic[State]):
    """One of the rows of a state that was kept for several conversations; nothing is copied until it is taken."""

    rows: State
    number: int

    def taken(self) -> State:
        """The state of the row alone."""
        return select_rows(self.rows, [self.number])

    def alone(self) -> Row[State]:
        """The same without the other rows."""
        return Row(self.taken(), 0)


class Slots(Generic[State]):
    """States of conversations, each at a slot from 0 to `len(slots) - 1`.

    What is handed in is never changed, and what is handed out never changes: states stay values. Only what it has
    copied for itself is written to.
    """

    def __init__(self) -> None:
        self._state: Any = None
        self._count = 0
        self._owned = False

    def __len__(self) -> int:
        return self._count

    @torch.inference_mode()
    def append(self, states: Sequence[State]) -> None:
        """States of one row each take the next slots."""
        if not states:
            return
        joined = [*([self._state] if self._count else []), *states]
        if len(joined) == 1:
            self._hold(joined[0], 1)
        else:
            self._hold(concat_rows(joined), self._count + len(states), owned=True)

    @torch.inference_mode()
    def remove(self, slots: Collection[int]) -> None:
        """The states at some slots leave; the others close up in their order."""
        if not slots:
            return
        kept = [slot for slot in range(self._count) if slot not in slots]
        self._hold(select_rows(self._state, kept) if kept else None, len(kept), owned=True)

    @torch.inference_mode()
    def row(self, slot: int) -> State:
        """The state at a slot, a copy of its own."""
        state: State = self._state
        return select_rows(state, [slot])

    @torch.inference_mode()
    def rows(self, slots: Sequence[int]) -> State:
        """The states at some slots as one of so many rows; of all of them in order nothing is copied."""
        state: State = self._state
        if not self._all(slots):
            return select_rows(state, slots)
        self._owned = False
        return state

    @torch.inference_mode()
    def put(self, slots: Sequence[int], after: State) -> None:
        """Replaces the states at some slots by the rows of another."""
        if self._all(slots):
            self._hold(after, self._count)
            return
        if not self._owned:
            self._hold(mapped(Tensor.clone, self._state), self._count, owned=True)
        index = torch.tensor(slots)
        mapped(lambda mine, new: mine.index_copy_(0, index.to(mine.device), new), self._state, after)

    def _hold(self, state: Any, count: int, owned: bool = False) -> None:
        self._state, self._count, self._owned = state, count, owned

    def _all(self, slots: Sequence[int]) -> bool:
        return list(slots) == list(range(self._count))
