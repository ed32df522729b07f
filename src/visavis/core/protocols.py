"""What speech encoders and samplers promise; what a model promises is in `contract`.

Shapes: B conversations, T frames, S sound samples, E speech features a frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from torch import Tensor

State = TypeVar("State")

Noise = Callable[[tuple[int, ...]], Tensor]
"""Standard normal numbers of the shape asked for; called in drawing order."""


Predict = Callable[[Tensor, int], Tensor]
"""A network's prediction for values (rows, ...) at one of the process times that it was told, by its place there."""

Network = Callable[[Tensor], Predict]
"""A network that is told all process times (times,) of a draw, in their order, before it is asked."""

StepHook = Callable[[Tensor, float, float], Tensor]
"""Values (rows, ...) between the steps of a draw -> those it goes on with: (values, signal, noise), where values hold
signal * data + noise * epsilon. Called at the start, after each step, and so at the end with (values, 1, 0)."""


@dataclass(frozen=True, eq=False)
class Held:
    """What of a draw is known: `values` of its shape, and where they are (`mask`, bool, of the same shape)."""

    values: Tensor
    mask: Tensor


class Draw(Protocol):
    """Draws values by asking a network, with the noise of the step that is drawn.

    `unguided`: the same network without what guidance is by (None: no guidance); `scale`: of the guidance, one number
    or one for each row (rows,). `shape`: of the values (rows, ..., V). `held`: what of them is known beforehand.
    `start`: makes the noise that a draw starts from, with the noise of the step (None: it is called once for that).
    """

    def __call__(
        self,
        network: Network,
        unguided: Network | None,
        scale: float | Tensor,
        shape: tuple[int, ...],
        held: Held | None = None,
        start: Callable[[Noise], Tensor] | None = None,
    ) -> Tensor:
        """Values of the shape asked for."""
        ...


class SpeechEncoder(Protocol[State]):
    """Sound to speech features, chunk by chunk; `width` features a frame."""

    width: int

    def prepared(self, recording: Tensor) -> Tensor:
        """A whole recording (..., S) as the encoder wants it; sound that comes live is taken as it is."""
        ...

    def init_state(self, batch: int) -> State:
        """The state before any sound."""
        ...

    def encode(self, sound: Tensor, state: State) -> tuple[Tensor, State]:
        """Features (B, T, E) of whole frames of sound (B, 640 T), and the state after them."""
        ...


class Sampler(Protocol):
    """Draws motion values by asking a network for its prediction again and again."""

    def sample(self, network: Network, shape: tuple[int, ...], noise: Noise, hook: StepHook | None = None) -> Tensor:
        """A draw of `shape` (rows, ..., V); a hook changes values between steps."""
        ...
