"""What the parts of a system promise each other.

Shapes: B conversations, T frames, S sound samples, D motion channels, E features of one frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from torch import Tensor

Noise = Callable[[tuple[int, ...]], Tensor]
"""Standard normal numbers of the shape asked for; called in drawing order."""

State = TypeVar("State")


@dataclass(frozen=True, eq=False)
class Chunk:
    """What arrives between two steps: sound (B, S) at 16 kHz and the user's motion (B, T, D), None if unseen."""

    user_speech: Tensor
    agent_speech: Tensor
    user_motion: Tensor | None = None


class SpeechEncoder(Protocol[State]):
    """Speech to features, chunk by chunk: (B, T * 640) sound -> (B, T, width) features."""

    width: int

    def init_state(self, batch: int) -> State:
        """The state before the first sample, for `batch` conversations."""
        ...

    def encode(self, sound: Tensor, state: State) -> tuple[Tensor, State]:
        """Features of the next chunk of sound, and the state after it."""
        ...


class Sampler(Protocol):
    """Draws motion values by asking a network for its prediction again and again."""

    def sample(self, predict: Callable[[Tensor, Tensor], Tensor], shape: tuple[int, ...], noise: Noise) -> Tensor:
        """A draw of `shape` (rows, D); `predict(x, t)` takes values (rows, D) and process times (rows,)."""
        ...
