"""What the parts of a system promise each other.

Shapes: B conversations, T frames, F frames a step, S sound samples, E speech features a frame, D motion channels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

import numpy as np
from torch import Tensor

from visavis.core.spaces import MotionSpace

State = TypeVar("State")
Kept = TypeVar("Kept", bound="Counted")

Noise = Callable[[tuple[int, ...]], Tensor]
"""Standard normal numbers of the shape asked for; called in drawing order."""


@dataclass(frozen=True, eq=False)
class Chunk:
    """What arrives between two steps: sound (B, S) at 16 kHz and the user's motion (B, T, D), None if unseen.

    `user_heard` and `user_seen` (B, T) bool are false where the user's speech or motion is lost (None: nowhere).
    """

    user_speech: Tensor
    agent_speech: Tensor
    user_motion: Tensor | None = None
    user_heard: Tensor | None = None
    user_seen: Tensor | None = None


@dataclass(frozen=True, eq=False)
class StepInput:
    """One step's input to a room: speech features (B, F, E), the user's motion (B, F, D) in the space's units.

    `user_heard` and `user_seen` (B, F) bool are false where the user's speech or motion is unknown.
    """

    user_speech: Tensor
    agent_speech: Tensor
    user_motion: Tensor
    user_heard: Tensor
    user_seen: Tensor


@dataclass(frozen=True, eq=False)
class StepMotion:
    """Motion (B, T, D) in the space's units, and the predicted mean where the model has one."""

    sample: Tensor
    mean: Tensor | None


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
    """

    def __call__(
        self,
        network: Network,
        unguided: Network | None,
        scale: float | Tensor,
        shape: tuple[int, ...],
        held: Held | None = None,
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


class Counted(Protocol):
    """A room's state; `turns` (B,) counts the steps that each row has drawn."""

    @property
    def turns(self) -> Tensor:
        """Steps drawn so far."""
        ...


class Room(Protocol[Kept]):
    """A model with an order in which it draws the future, one step at a time.

    values: width of a draw. frames_per_step: frames that are drawn together. history_turns: steps of the past that
    reach a frame. predicts_mean: whether its motion comes with a mean.
    """

    values: int
    frames_per_step: int
    history_turns: int
    predicts_mean: bool

    def init_state(self, batch: int) -> Kept:
        """The state before the first step."""
        ...

    def step(self, heard: StepInput, state: Kept, draw: Draw) -> tuple[StepMotion, Kept]:
        """Motion of one step (T = F) and the state after it."""
        ...


class Live(Protocol[State]):
    """A system as a session drives it: chunks in, motion out, all memory in a state whose rows are conversations.

    frames_per_step: frames that are drawn together. look_ahead: frames of later input that reach a frame.
    mean_face: the motion (D,) of a face at rest. guidable: whether guidance changes what is drawn.
    """

    space: MotionSpace
    frames_per_step: int
    look_ahead: int

    @property
    def guidable(self) -> bool:
        """Whether `with_options(guidance=...)` draws another way."""
        ...

    @property
    def mean_face(self) -> np.ndarray:
        """The mean motion of the training data (D,)."""
        ...

    def init_state(self, batch: int, seed: int = 0) -> State:
        """The state before a conversation; row b draws with the seed `seed + b`."""
        ...

    def step(self, chunk: Chunk, state: State) -> tuple[StepMotion, State]:
        """Takes any whole frames of input and gives the frames that have become possible."""
        ...

    def with_options(
        self,
        *,
        context: int | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        temperature: float | None = None,
        history: Literal["exact", "cached"] | None = None,
    ) -> Live[State]:
        """The same weights drawn another way; states of the same context fit all of them."""
        ...


class Sampler(Protocol):
    """Draws motion values by asking a network for its prediction again and again."""

    def sample(self, network: Network, shape: tuple[int, ...], noise: Noise, hook: StepHook | None = None) -> Tensor:
        """A draw of `shape` (rows, ..., V); a hook changes values between steps."""
        ...
