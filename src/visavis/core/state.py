"""Streaming state as a value: nested records of tensors whose first axis is the conversation (row)."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import torch
from torch import Tensor

S = TypeVar("S")


def select_rows(state: S, rows: Sequence[int]) -> S:
    """The state of the given rows, in that order; naming a row twice forks it."""
    index = torch.as_tensor(list(rows))
    return mapped(lambda t: t.index_select(0, index.to(t.device)), state)


def merge_rows(taken: Tensor, yes: S, no: S) -> S:
    """Row by row, the state `yes` where `taken` (B,) bool is true and `no` elsewhere.

    Holding rows is `merge_rows(moving, after, before)`, resetting is `merge_rows(fresh, init, state)`.
    """

    def pick(*pair: Tensor) -> Tensor:
        mask = taken.to(pair[0].device).view(-1, *([1] * (pair[0].dim() - 1)))
        return torch.where(mask, pair[0], pair[1])

    return mapped(pick, yes, no)


def concat_rows(states: Sequence[S]) -> S:
    """The rows of several states after one another."""
    return mapped(lambda *t: torch.cat(t), *states)


def mapped(function: Callable[..., Tensor], *states: S) -> S:
    """The record of what `function` makes of each tensor, given that tensor of every state, in their order."""
    return cast(S, _apply(function, *states))


def _apply(function: Callable[..., Tensor], *states: Any) -> Any:
    first = states[0]
    if isinstance(first, Tensor):
        return function(*states)
    if dataclasses.is_dataclass(first) and not isinstance(first, type):
        return type(first)(
            **{name: _apply(function, *(getattr(state, name) for state in states)) for name in _names(type(first))}
        )
    if isinstance(first, tuple):
        return tuple(_apply(function, *items) for items in zip(*states, strict=True))
    if first is None:
        return None
    raise TypeError(f"streaming state may hold tensors, records and tuples, not {type(first).__name__}")


@functools.cache
def _names(record: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(record))
