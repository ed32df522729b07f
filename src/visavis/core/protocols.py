"""What the parts of a system promise each other.

Shapes: B conversations, T frames, S sound samples, D motion channels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

Noise = Callable[[tuple[int, ...]], Tensor]
"""Standard normal numbers of the shape asked for; called in drawing order."""


@dataclass(frozen=True, eq=False)
class Chunk:
    """What arrives between two steps: sound (B, S) at 16 kHz and the user's motion (B, T, D), None if unseen."""

    user_speech: Tensor
    agent_speech: Tensor
    user_motion: Tensor | None = None


class Sampler(Protocol):
    """Draws motion values by asking a network for its prediction again and again."""

    def sample(self, predict: Callable[[Tensor, Tensor], Tensor], shape: tuple[int, ...], noise: Noise) -> Tensor:
        """A draw of `shape` (rows, D); `predict(x, t)` takes values (rows, D) and process times (rows,)."""
        ...
