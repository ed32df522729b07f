"""Two toy models that share nothing with the house's own but the contract; importing this module registers them.

Frames: one frame at a time. The user reaches a frame up to the frame before, the agent's voice up to the frame itself;
each frame is labelled silent or speaking. Pair: one recording of both people, four frames at a time in windows of
eight; what was drawn of a window before is held fixed while the rest is drawn.

Shapes: B conversations, P people, T frames, E speech features a frame, D motion channels, W width.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from visavis.core.contract import InputSpec, Interface, Learning, ModelSpec
from visavis.core.errors import VisavisError
from visavis.core.protocols import Draw, Held, Network, SpeechEncoder
from visavis.core.spaces import MotionSpace
from visavis.core.steps import StepInput, StepMotion
from visavis.data.known import neutral
from visavis.data.windows import Batch
from visavis.encode.batch import encode_speech
from visavis.layers.standard import Standardised
from visavis.sampling.config import DenoisingConfig
from visavis.sampling.denoising import DenoisingTask
from visavis.system.specs import register

PAST = 3
HOP, WINDOW = 4, 8
_FLOW = DenoisingConfig("rectified-flow", "v")


@dataclass(frozen=True)
class FramesConfig:
    """width: of what is made of the inputs."""

    tag: ClassVar[str] = "toy-frames"

    width: int = 12

    @property
    def denoising(self) -> DenoisingTask:
        return _FLOW.denoising


@dataclass(frozen=True)
class PairConfig:
    """width: of what is made of the inputs. placed: told where both heads are in the first frame."""

    tag: ClassVar[str] = "toy-pair"

    width: int = 12
    placed: bool = False

    @property
    def denoising(self) -> DenoisingTask:
        return _FLOW.denoising


@dataclass(frozen=True)
class FramesDrawing:
    """guidance: towards the user, 1 is plain."""

    tag: ClassVar[str] = "toy-frames"

    guidance: float = 1.0


@dataclass(frozen=True)
class PairDrawing:
    """Nothing to choose."""

    tag: ClassVar[str] = "toy-pair"


class Head(nn.Module):
    """A velocity (..., D) for values (..., D) at a process time, told a condition (..., W)."""

    def __init__(self, width: int, channels: int) -> None:
        super().__init__()
        self.told = nn.Linear(width + 1, channels)
        self.moved = nn.Linear(channels, channels)

    def forward(self, x: Tensor, time: Tensor, condition: Tensor) -> Tensor:
        time = time.reshape(-1, *[1] * (x.dim() - 1)).expand(*x.shape[:-1], 1) / 1000
        velocity: Tensor = self.moved(x) + torch.tanh(self.told(torch.cat([condition, time], dim=-1)))
        return velocity

    def network(self, condition: Tensor) -> Network:
        return lambda times: lambda x, step: self(x, times[step], condition)


class Frames(Standardised):
    """The last three frames that each input may show, and the last own frame -> a condition, a mean and a state."""

    def __init__(self, config: FramesConfig, features: int, channels: int) -> None:
        super().__init__(channels)
        self.heard = nn.Linear(PAST * 2 * features, config.width)
        self.seen = nn.Linear(PAST * (channels + 1), config.width)
        self.own = nn.Linear(channels, config.width)
        self.mean = nn.Linear(config.width, channels)
        self.state = nn.Linear(config.width, 2)
        self.head = Head(config.width, channels)

    def partner(self, user: Tensor, agent: Tensor, motion: Tensor, known: Tensor) -> Tensor:
        """What both say and the user does: windows (B, ..., 3, E or D) and whether they are known -> (B, ..., W)."""
        seen = torch.cat([motion, known[..., None].to(motion)], dim=-1)
        heard = torch.cat([user, agent], dim=-1).flatten(-2)
        made: Tensor = torch.tanh(self.heard(heard) + self.seen(seen.flatten(-2)))
        return made


def frames_interface(_: FramesConfig) -> Interface:
    inputs = (
        InputSpec("user_speech", "speech", ahead=-1, span=PAST),
        InputSpec("agent_speech", "speech", span=PAST),
        InputSpec("user_motion", "motion", ahead=-1, span=PAST),
    )
    return Interface(inputs, hop=1, past_frames=PAST, labels={"state": ("silent", "speaking")})


@dataclass(frozen=True)
class FramesState:
    """`steps` (B,) and the last frame that was drawn (B, D), normalised."""

    steps: Tensor
    last: Tensor


class FramesRollout:
    def __init__(self, model: Frames, drawing: FramesDrawing, context: int | None) -> None:
        if context not in (None, PAST):
            raise VisavisError(f"context of {context} steps is not possible; this model takes {PAST}")
        self.model, self.drawing = model, drawing
        self.interface = frames_interface(FramesConfig())
        self.predicts_mean = True

    def init_state(self, batch: int) -> FramesState:
        mean = self.model.motion_mean
        steps = torch.zeros(batch, dtype=torch.int64, device=mean.device)
        return FramesState(steps, mean.new_zeros(batch, self.model.channels))

    def step(self, given: StepInput, state: FramesState, draw: Draw) -> tuple[StepMotion, FramesState]:
        model, known = self.model, given.known["user_motion"]
        motion = model.normalise(given["user_motion"]) * known[..., None]
        partner = model.partner(given["user_speech"], given["agent_speech"], motion, known)
        network, plain = self._network(partner, state), None
        scale: float | Tensor = self.drawing.guidance if given.guidance is None else given.guidance.to(partner)
        if not (scale == 1 if isinstance(scale, float) else bool((scale == 1).all())):
            nobody = torch.zeros_like(known)
            hidden = given["user_speech"] * 0, given["agent_speech"], motion * 0, nobody
            plain = self._network(model.partner(*hidden), state)
        drawn = draw(network, plain, scale, (len(partner), model.channels))
        labels = model.state(partner).argmax(-1)[:, None, None]
        frame, mean = (model.denormalise(values)[:, None, None] for values in (drawn, model.mean(partner)))
        return StepMotion(frame, mean, {"state": labels}), FramesState(state.steps + 1, drawn)

    def _network(self, partner: Tensor, state: FramesState) -> Network:
        return self.model.head.network(partner + 0.1 * self.model.own(state.last))


class Pair(Standardised):
    """A window of a mixed recording, and who speaks in it, -> a condition (B, P, T, W) for each person's head."""

    def __init__(self, config: PairConfig, features: int, channels: int) -> None:
        super().__init__(channels)
        self.config = config
        self.heard = nn.Linear(features + 1 + 6 * config.placed, config.width)
        self.window = nn.Linear(config.width, config.width)
        self.head = Head(config.width, channels)

    def condition(self, mix: Tensor, masks: Tensor, places: Tensor | None = None) -> Tensor:
        """From speech features (B, T, E), masks (B, T, P) and, if placed, where both are (B, T, 6): own place first."""
        told = torch.cat([mix[:, None].expand(-1, 2, -1, -1), masks.transpose(1, 2)[..., None]], dim=-1)
        if places is not None:
            told = torch.cat([told, torch.stack([places, places.roll(3, dims=-1)], dim=1)], dim=-1)
        heard = torch.tanh(self.heard(told))
        made: Tensor = heard + self.window(heard.mean(2, keepdim=True))
        return made


def pair_interface(config: PairConfig) -> Interface:
    inputs = InputSpec("mix", "speech", span=WINDOW), InputSpec("masks", "signal", span=WINDOW, width=2)
    places = (InputSpec("places", "signal", span=WINDOW, width=6),) if config.placed else ()
    return Interface((*inputs, *places), hop=HOP, past_frames=WINDOW - HOP, people=("first", "second"), live=False)


@dataclass(frozen=True)
class PairState:
    """`steps` (B,) and the frames of the last window that the next one shows again (B, P, T, D), normalised."""

    steps: Tensor
    last: Tensor


class PairRollout:
    def __init__(self, model: Pair, context: int | None) -> None:
        if context not in (None, 1):
            raise VisavisError(f"context of {context} steps is not possible; this model takes 1")
        self.model = model
        self.interface = pair_interface(model.config)
        self.predicts_mean = False

    def init_state(self, batch: int) -> PairState:
        mean = self.model.motion_mean
        steps = torch.zeros(batch, dtype=torch.int64, device=mean.device)
        return PairState(steps, mean.new_zeros(batch, 2, WINDOW - HOP, self.model.channels))

    def step(self, given: StepInput, state: PairState, draw: Draw) -> tuple[StepMotion, PairState]:
        places = given["places"] if self.model.config.placed else None
        condition = self.model.condition(given["mix"], given["masks"], places)
        values = torch.cat([state.last, state.last.new_zeros(*state.last.shape[:2], HOP, self.model.channels)], dim=2)
        shown = torch.arange(WINDOW, device=values.device) < WINDOW - HOP
        mask = (shown & (state.steps > 0)[:, None])[:, None, :, None].expand(values.shape)
        network = self.model.head.network(condition)
        drawn = draw(network, None, 1.0, tuple(values.shape), Held(values, mask))
        new = drawn[:, :, WINDOW - HOP :]
        return StepMotion(self.model.denormalise(new)), PairState(state.steps + 1, drawn[:, :, HOP:])


@dataclass(frozen=True)
class FramesObjectiveConfig:
    """mean_weight: of the mean's squared error."""

    tag: ClassVar[str] = "toy-frames"

    mean_weight: float = 1.0


@dataclass(frozen=True)
class PairObjectiveConfig:
    """Nothing to choose."""

    tag: ClassVar[str] = "toy-pair"


class FramesObjective(nn.Module):
    """Flow matching of each frame after the true one before it, beside the mean's squared error."""

    def __init__(
        self, model: Frames, encoder: SpeechEncoder[Any], space: MotionSpace, config: FramesObjectiveConfig
    ) -> None:
        super().__init__()
        del space
        self.model, self.encoder, self.config = model, encoder, config

    def forward(self, batch: Batch, generator: torch.Generator) -> Mapping[str, Tensor]:
        model = self.model
        user, agent = encode_speech(self.encoder, batch.user_speech, batch.agent_speech)
        seen = batch.user_seen[:, None].expand(user.shape[:2])
        motion = neutral(model.normalise(batch.user_motion), batch.user_known) * seen[..., None]
        target = neutral(model.normalise(batch.agent_motion), batch.agent_known)
        late = (_windows(value, -1) for value in (user, motion, seen[..., None]))
        user, motion, known = late
        partner = model.partner(user, _windows(agent, 0), motion, known[..., 0])
        last = torch.cat([torch.zeros_like(target[:, :1]), target[:, :-1]], dim=1)
        condition = partner + 0.1 * model.own(last)
        point = _FLOW.denoising.training_point(target.flatten(0, 1), generator)
        velocity = model.head(point.x, point.network_time, condition.flatten(0, 1))
        parts = {
            "draw": (velocity - point.target).square().mean(),
            "mean": (model.mean(partner) - target).square().mean(),
        }
        return {"loss": parts["draw"] + self.config.mean_weight * parts["mean"], **parts}


class PairObjective(nn.Module):
    """Flow matching of whole windows; of the partner nothing is known but the agent's motion, who is the first."""

    def __init__(
        self, model: Pair, encoder: SpeechEncoder[Any], space: MotionSpace, config: PairObjectiveConfig
    ) -> None:
        super().__init__()
        del space, config
        self.model, self.encoder = model, encoder

    def forward(self, batch: Batch, generator: torch.Generator) -> Mapping[str, Tensor]:
        mix, _ = encode_speech(self.encoder, batch.user_speech + batch.agent_speech, batch.agent_speech)
        target = self.model.normalise(torch.stack([batch.agent_motion, batch.user_motion], dim=1))
        point = _FLOW.denoising.training_point(target, generator)
        places = mix.new_zeros(*mix.shape[:2], 6) if self.model.config.placed else None
        condition = self.model.condition(mix, mix.new_zeros(*mix.shape[:2], 2), places)
        return {"loss": (self.model.head(point.x, point.network_time, condition) - point.target).square().mean()}


def _windows(values: Tensor, ahead: int) -> Tensor:
    """For each frame (B, T, X) the three up to `ahead` frames after it, zero before the beginning (B, T, 3, X)."""
    padded = torch.cat([values.new_zeros(len(values), PAST - 1 - ahead, values.shape[2]), values], dim=1)
    return padded.unfold(1, PAST, 1)[:, : values.shape[1]].transpose(2, 3)


FRAMES = ModelSpec(
    tag=FramesConfig.tag,
    config=FramesConfig,
    drawing=FramesDrawing,
    interface=frames_interface,
    build=Frames,
    rollout=lambda model, drawing, _, context: FramesRollout(model, drawing, context),
    guidable=lambda _: True,
    learning=Learning(FramesObjectiveConfig, lambda *given: FramesObjective(*given[:-1])),
)
PAIR = ModelSpec(
    tag=PairConfig.tag,
    config=PairConfig,
    drawing=PairDrawing,
    interface=pair_interface,
    build=Pair,
    rollout=lambda model, _drawing, _space, context: PairRollout(model, context),
    learning=Learning(PairObjectiveConfig, lambda *given: PairObjective(*given[:-1])),
)
register(FRAMES)
register(PAIR)
