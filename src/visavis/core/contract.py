"""The model contract: what a model takes and gives, how far each input may look, and how it is built and driven.

A step draws `hop` frames. The step that draws the frames [k hop, (k + 1) hop) is given, of each input, the frames
[(k + 1) hop + ahead - span, (k + 1) hop + ahead):

    frames        ... 0    1    2    3    4    5 ...
    step k = 1, hop 2          [2    3]                    drawn
    ahead 0                     2    3                     input to the end of the step
    ahead -1                1    2                         input to the frame before its last
    ahead 1, span 4         1    2    3    4               a window that overlaps the next one

What lies before frame 0 is zero and marked unknown. Look-ahead, latency, what a session waits for and the causality
test follow from this.

Shapes: B conversations, T frames, E speech features a frame, D motion channels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, TypeVar

import numpy as np
from torch import Tensor

from visavis.core.clock import FPS
from visavis.core.errors import VisavisError, unknown
from visavis.core.protocols import Draw
from visavis.core.spaces import MotionSpace
from visavis.core.steps import Chunk, StepInput, StepMotion

State = TypeVar("State")
Kept = TypeVar("Kept", bound="Counted")
History = Literal["exact", "cached"]
"""How a model reaches its past: made anew each step, or kept; models that cannot keep it are always "exact"."""


@dataclass(frozen=True)
class InputSpec:
    """One stream that a model takes.

    kind: "speech" is sound, heard through the speech encoder; "motion" is in the system's space; a "signal" is any
    `width` numbers a frame. ahead: frames beyond the last frame of a step up to which this input may reach it. span:
    frames that a step is given of it (None: as many as it draws).
    """

    name: str
    kind: Literal["speech", "motion", "signal"]
    ahead: int = 0
    span: int | None = None
    width: int | None = None


@dataclass(frozen=True)
class Interface:
    """What a model takes and gives, and when.

    hop: frames that are drawn together. past_frames: frames of the past, before those of a step, that reach it. people:
    whom it moves. labels: what it says of each frame beside the motion, by name: the names of the classes; `state` is
    that of the conversation, seen by who is moved. live: whether a session can drive it.
    """

    inputs: tuple[InputSpec, ...]
    hop: int
    past_frames: int
    people: tuple[str, ...] = ("agent",)
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    live: bool = True

    def __post_init__(self) -> None:
        for one in self.inputs:
            if self.span(one) < self.hop + one.ahead:
                raise VisavisError(
                    f"input {one.name}: a step of {self.hop} frames that looks {one.ahead} ahead needs a span of at "
                    f"least {self.hop + one.ahead}, {self.span(one)} was given; no frame may be left out"
                )
            if (one.width is None) == (one.kind == "signal"):
                raise VisavisError(f"input {one.name}: a signal has a width of its own, speech and motion have none")

    def span(self, one: InputSpec) -> int:
        """Frames that a step is given of an input."""
        return self.hop if one.span is None else one.span

    def input(self, name: str) -> InputSpec:
        """The input of that name."""
        return next(one for one in self.inputs if one.name == name)

    def require_inputs(self, names: Iterable[str], model: str = "the model") -> None:
        """Raises `VisavisError` for a name that is no input of the model that is called so."""
        known = [one.name for one in self.inputs]
        for name in names:
            if name not in known:
                raise unknown(f"input of {model}", name, known)

    def is_own(self, one: InputSpec) -> bool:
        """Whether an input is of somebody whom the model moves, by its name (`agent_speech`): what they say is decided,
        so that it may come ahead of its time, and they are silent where nothing comes; of others it is lost."""
        return any(one.name.startswith(f"{person}_") for person in self.people)

    def of_kind(self, kind: str) -> tuple[InputSpec, ...]:
        """The inputs of a kind."""
        return tuple(one for one in self.inputs if one.kind == kind)

    def look_ahead(self, name: str) -> int:
        """The last frame of an input that reaches the first frame of a step, counted from that frame."""
        return self.hop - 1 + self.input(name).ahead

    def states(self, labels: Mapping[str, np.ndarray]) -> np.ndarray | None:
        """The conversation states in labels of any shape, by their names; None of a model that tells none."""
        names = self.labels.get("state")
        return None if names is None else np.array(names)[labels["state"]]

    @property
    def latency_frames(self) -> int:
        """Frames of input that must have come, from the beginning of a frame on, before it can be drawn."""
        return self.latency_with(0)

    def latency_with(self, lead: int) -> int:
        """The same where input of those whom the model moves, such as the agent's voice, comes `lead` frames early."""
        waited = (self.look_ahead(one.name) + 1 - lead * self.is_own(one) for one in self.inputs)
        return max(0, *waited)

    @property
    def past_steps(self) -> int:
        """Whole steps of the past that reach a frame."""
        return self.past_frames // self.hop

    @property
    def receptive_field_s(self) -> float:
        """How far back input can reach a frame [s]."""
        return (self.past_frames + self.hop) / FPS


class Counted(Protocol):
    """A streaming model's state; `steps` (B,) counts the steps that each row has drawn."""

    @property
    def steps(self) -> Tensor:
        """Steps drawn so far."""
        ...


class StreamingModel(Protocol[Kept]):
    """A model with an order in which it draws the future, one step at a time.

    interface: as it is driven; the past may be shorter than it was trained with. predicts_mean: whether its motion
    comes with a mean.
    """

    interface: Interface
    predicts_mean: bool

    def init_state(self, batch: int) -> Kept:
        """The state before the first step."""
        ...

    def step(self, given: StepInput, state: Kept, draw: Draw) -> tuple[StepMotion, Kept]:
        """Motion of one step (T = hop) and the state after it."""
        ...


class StreamingSystem(Protocol[State]):
    """A system as a session drives it: chunks in, motion out, all memory in a state whose rows are conversations.

    mean_face: the motion (D,) of a face at rest. guidable: whether guidance changes what is drawn. guidance: with
    which it draws where a chunk says nothing else, 1 = none.
    """

    space: MotionSpace

    @property
    def interface(self) -> Interface:
        """What it takes and gives, and when."""
        ...

    @property
    def guidable(self) -> bool:
        """Whether `with_options(guidance=...)` draws another way."""
        ...

    @property
    def guidance(self) -> float:
        """How much the user counts in what is drawn."""
        ...

    @property
    def mean_face(self) -> np.ndarray:
        """The mean motion of the training data (D,)."""
        ...

    @property
    def fingerprint(self) -> str:
        """The same for systems of the same weights that draw in the same way, in any process."""
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
        history: History | None = None,
    ) -> StreamingSystem[State]:
        """The same weights drawn another way; states of the same context fit all of them."""
        ...


class ModelConfig(Protocol):
    """A model's sizes and options; `denoising` is what its network was trained to predict (None: the motion)."""

    tag: ClassVar[str]

    @property
    def denoising(self) -> Any:
        """A `sampling.denoising.DenoisingTask`, or None."""
        ...


@dataclass(frozen=True)
class Learning:
    """How a model learns.

    config: class of the objective's options. make: (model, speech encoder, space, options, how the recipe samples) -> a
    module that, called with a batch and a generator, gives scalar losses, "loss" being what is minimised. labels:
    options -> who says what of each frame of a recording beside its motion (`data.windows.Labeller`; None: nobody).
    taught: whether it can learn from what a teacher expects, too (`Batch.agent_expected`).
    signals: (space) -> who tells masks and places of a recording (`data.windows.Signaller`; None: nobody).
    statistics: (model config, clips, space) -> the `data.windows.Statistics` by which motion is standardised (None:
    those of motion as it is).
    take_over: (weights, their model config, the own one) -> the weights of another model of this kind to start from.
    blocks: classes of the layers (torch modules) by which weights are sharded over processes: one of them is whole at a
    time, the rest during a whole step. Every step calls all of them, and only their own `forward` uses their weights.
    """

    config: type[Any]
    make: Callable[[Any, Any, MotionSpace, Any, Any], Any]
    labels: Callable[[Any], Any] = lambda _: None
    taught: bool = False
    signals: Callable[[MotionSpace], Any] = lambda _: None
    statistics: Callable[[Any, Any, MotionSpace], Any] | None = None
    take_over: Callable[[Mapping[str, Tensor], Any, Any], Mapping[str, Tensor]] | None = None
    blocks: tuple[type[Any], ...] = ()


@dataclass(frozen=True, eq=False)
class PublishedModel:
    """A published checkpoint in our terms: configs of model, speech encoder and sampling, and weights by our names.

    speech_width: features a frame that it must be given (None: any). space: of its motion.
    """

    model: Any
    speech: Any
    sampling: Any
    weights: Mapping[str, Tensor]
    space: str
    speech_width: int | None = None


@dataclass(frozen=True)
class Published:
    """How published weights are read.

    file: what the checkpoint is called. lacks: (content of a file, its path) -> None for such a checkpoint, else what
    it is not, and why; raises `VisavisError` for one that is broken. read: (content, path, another place of its speech
    encoder) -> the model in our terms.
    """

    file: str
    lacks: Callable[[Mapping[str, Any], Path], str | None]
    read: Callable[[Mapping[str, Any], Path, str | None], PublishedModel]


@dataclass(frozen=True)
class ModelSpec:
    """All that the house knows of a kind of model; `tag` names it in recipes.

    config, drawing: classes of the model's options, and of how it draws. interface: config -> what it takes and gives.
    build: (config, speech features, motion channels) -> the network. rollout: (network, drawing options, space, steps
    of context or None) -> the streaming model. guidable: whether a model of this config draws with guidance. learning:
    how it is trained. optimised: (network, class of linear layers) -> the network for use only, in that precision.
    published: how published weights are read.
    """

    tag: str
    config: type[Any]
    drawing: type[Any]
    interface: Callable[[Any], Interface]
    build: Callable[[Any, int, int], Any]
    rollout: Callable[[Any, Any, MotionSpace, int | None], StreamingModel[Any]]
    guidable: Callable[[Any], bool] = lambda _: False
    learning: Learning | None = None
    optimised: Callable[[Any, Any], Any] | None = None
    published: Published | None = None
