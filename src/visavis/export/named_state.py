"""A streaming state as named tensors of fixed shapes, and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from torch import Tensor

from visavis.core.state import mapped

S = TypeVar("S")


def named_tensors(state: Any) -> dict[str, Tensor]:
    """The tensors of a state by their paths, such as `model.context.layers.0.keys`; empty ones, which say nothing, are
    left out."""
    return {name: tensor for name, tensor in _walk(state, "") if tensor.numel()}


def from_named(like: S, tensors: Mapping[str, Tensor]) -> S:
    """A state of the form of `like` that holds the named tensors; the inverse of `named_tensors`."""
    names = (name for name, _ in _walk(like, ""))
    fill: Callable[[Tensor], Tensor] = lambda tensor: tensors.get(next(names), tensor)  # noqa: E731
    return mapped(fill, like)


def _walk(state: Any, path: str) -> Iterator[tuple[str, Tensor]]:
    """All tensors of a state in the order of `core.state.mapped`."""
    if isinstance(state, Tensor):
        yield path, state
    elif isinstance(state, tuple):
        for place, one in enumerate(state):
            yield from _walk(one, _joined(path, str(place)))
    elif dataclasses.is_dataclass(state) and not isinstance(state, type):
        for field in dataclasses.fields(state):
            yield from _walk(getattr(state, field.name), _joined(path, field.name))


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
