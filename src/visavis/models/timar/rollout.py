"""TIMAR: in what order the future is drawn. One step is one turn; the state is a value.

Shapes: B conversations, F frames a turn, n tokens a stream, N tokens a turn, D motion channels,
K frames a token, C trunk width, H turns of history.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Literal

import torch
from torch import Tensor

from visavis.core.bounds import Gain, Guidance, OptionalSize, Share, Size, require_bounds
from visavis.core.contract import InputSpec, Interface
from visavis.core.errors import VisavisError
from visavis.core.protocols import Draw
from visavis.core.spaces import MotionSpace
from visavis.core.steps import StepInput, StepMotion
from visavis.layers.emphasis import Emphasis, EmphasisState
from visavis.models.timar.history import Context, HistoryForm, Memory, make_history
from visavis.models.timar.model import Timar, TimarConfig
from visavis.models.timar.tokens import TurnInputs
from visavis.sampling.process import per_row


@dataclass(frozen=True)
class DrawingConfig:
    """How a turn is drawn. rounds: unmasking rounds (paper: num_iter). own_history: the trunk sees the motion
    drawn in past turns (paper's evaluation: false). re_enter: from the second round on it also sees what this turn
    has unmasked, as the paper's text says; the published model looks once a turn, whatever the rounds.
    guidance: 1 = off; it needs a generative head, the "mlp" head draws without (published). guidance_schedule:
    "linear" grows with the fraction unmasked (paper), "constant" does not. Hand-over models draw one token a round.
    articulation: in the channels that speech moves, drawn motion nears the mean within each token; this share of its
    distance is left at the token's end (1 = all: off; it needs a mean head). smile: the same share in the channels that
    smile (1 = all: off).
    articulation_frames: how many frames of a token articulation takes to near the mean (0: all of them).
    articulation_noise: scale of what is drawn at random in the channels that speech moves (1 = all: off); 0 leaves them
    the guess of a guide, which it needs.
    gestures: how often the mean's quick movements of head and brows are added to what is drawn (0: off; it needs a mean
    head), see `layers.emphasis`.
    history: where all layers see the whole window, "exact" recomputes it each turn (published); "cached" keeps keys
    and values, see `history.Cached`. Models with turns_per_layer need no choice: their cache is exact.
    """

    tag: ClassVar[str] = "timar"

    rounds: Size = 1
    own_history: bool = False
    re_enter: bool = False
    guidance: Guidance = 1.0
    guidance_schedule: Literal["linear", "constant"] = "linear"
    articulation: Share = 1.0
    smile: Share = 1.0
    articulation_frames: OptionalSize = 0
    articulation_noise: Share = 1.0
    gestures: Gain = 0.0
    history: HistoryForm = "exact"

    def __post_init__(self) -> None:
        require_bounds(self)

    @property
    def free(self) -> bool:
        """Whether drawn motion is left as it is, in all channels."""
        return self.articulation == self.smile == 1


def interface_of(config: TimarConfig) -> Interface:
    """A turn is drawn at a time, and all input reaches it to its end."""
    inputs = (
        InputSpec("user_speech", "speech"),
        InputSpec("agent_speech", "speech"),
        InputSpec("user_motion", "motion"),
    )
    return Interface(inputs, config.frames_per_turn, config.history_turns * config.frames_per_turn)


@dataclass(frozen=True)
class TimarState:
    """`steps` (B,) turns drawn so far; `last` (B, 3, D) the last normalised frames, without
    the `emphasis` that they were shown with; `memory` of past turns."""

    steps: Tensor
    last: Tensor
    emphasis: EmphasisState
    memory: Memory


@dataclass(frozen=True)
class TurnContext:
    """z of the turn's agent-motion tokens (B, n, C), their mean (B, n, K D) if the model has one, the same seen with
    the user hidden if guided, and the history's view that it comes from."""

    z: Tensor
    mean: Tensor | None
    without_user: TurnContext | None
    history: Context


class Rollout:
    """Draws a conversation turn by turn with a trained `Timar`.

    `history_turns` None keeps the trained history, as `DrawingConfig.history` says. A number recomputes
    the last `history_turns` turns (paper: progressive context n = 0, 1, 3, 7). `spoken`: channels that speech moves;
    `smiling`: those that smile; `gesturing`: those that nod and wonder.
    """

    def __init__(
        self,
        model: Timar,
        drawing: DrawingConfig,
        history_turns: int | None = None,
        spoken: tuple[int, ...] = (),
        smiling: tuple[int, ...] = (),
        gesturing: tuple[int, ...] = (),
    ) -> None:
        config = model.config
        longest = config.window_turns - 1 if config.additions.positions == "window" else config.history_turns
        if history_turns is not None and not 0 <= history_turns <= longest:
            raise VisavisError(f"context of {history_turns} turns is not possible; this model takes 0 to {longest}")
        if (drawing.own_history or drawing.re_enter) and config.additions.hand_over:
            raise VisavisError(
                "a hand-over model keeps own motion out of the trunk; leave own_history and re_enter off"
            )
        for name, share in (("articulation", drawing.articulation), ("smile", drawing.smile)):
            if share < 1 and not config.additions.mean_head:
                raise VisavisError(f"{name} nears the mean; it needs a model with a mean head, or leave it at 1")
        if drawing.gestures and not config.additions.mean_head:
            raise VisavisError("gestures are the mean's; they need a model with a mean head, or leave them at 0")
        if drawing.articulation_noise < 1 and not config.additions.guide:
            raise VisavisError(
                "articulation_noise leaves the guess of a guide; it needs a model with one, or leave it at 1"
            )
        self.model = model
        self.drawing = drawing
        self.predicts_mean = config.additions.mean_head
        turns = config.history_turns if history_turns is None else history_turns
        self.interface = replace(interface_of(config), past_frames=turns * config.frames_per_turn)
        self.history = make_history(model, drawing.history, history_turns)
        left, frames = torch.ones(model.channels), torch.full((model.channels,), config.frames_per_token)
        left[list(smiling)] = drawing.smile
        left[list(spoken)] = drawing.articulation
        frames[list(spoken)] = drawing.articulation_frames or config.frames_per_token
        self._kept = _kept(left, frames, config.frames_per_token)
        noise = torch.ones(model.channels)
        noise[list(spoken)] = drawing.articulation_noise
        self._noise = noise.repeat(config.frames_per_token)
        self._emphasis = Emphasis(gesturing, drawing.gestures)

    def init_state(self, batch: int) -> TimarState:
        """The state before the first turn."""
        mean = self.model.motion_mean
        turns = torch.zeros(batch, dtype=torch.int64, device=mean.device)
        last = mean.new_zeros(batch, 3, self.model.channels)
        return TimarState(turns, last, self._emphasis.init_state(mean, batch), self.history.init_memory(batch))

    def step(self, given: StepInput, state: TimarState, draw: Draw) -> tuple[StepMotion, TimarState]:
        """Draws one turn and returns the state after it."""
        model, batch = self.model, state.steps.shape[0]
        turn = self._turn(given)
        values = model.motion_mean.new_zeros(batch, model.tokens.stream, model.values)
        last, drawn = state.last, 0
        first = context = self._encode_context(turn, state, given.guidance)
        expected: list[Tensor] = []
        for number, count in enumerate(self._rounds()):
            if number and self.drawing.re_enter:
                context = self._encode_context(turn, state, given.guidance)
            now = slice(drawn, drawn + count)
            drawn += count
            known = (state.steps > 0) | (now.start > 0)
            scale = self._scale(drawn / model.tokens.stream, given.guidance, count)
            rows, near = self._tokens(context, now, last, known, scale, draw)
            values = torch.cat([values[:, : now.start], rows.unflatten(0, (batch, count)), values[:, now.stop :]], 1)
            expected += [] if near is None else [near.unflatten(0, (batch, count))]
            left = torch.arange(model.tokens.stream, device=values.device) >= drawn
            frames = model.tokens.unpack(values)
            turn = replace(turn, agent_motion=frames[:, None], masked=left.expand_as(turn.masked))
            last = torch.cat([last, model.tokens.unpack(values[:, now])], dim=1)[:, -3:]
        mean, emphasis = None, state.emphasis
        if expected:
            around = model.tokens.unpack(torch.cat(expected, dim=1))
            frames, emphasis = self._emphasis.apply(frames, around, emphasis, state.steps > 0)
            mean = model.denormalise(around)[:, None]
        drawn_motion = StepMotion(model.denormalise(frames)[:, None], mean)
        return drawn_motion, replace(self._remember(turn, last, first, state), emphasis=emphasis)

    def _turn(self, given: StepInput) -> TurnInputs:
        """One turn (P = 1) with all agent motion masked and the user's hidden where it is not known throughout."""
        motion = self.model.normalise(given["user_motion"])[:, None]
        known, seen = (
            frames.unflatten(1, (self.model.tokens.stream, -1)).all(-1)[:, None]
            for frames in (given.known["user_speech"], given.known["user_motion"])
        )
        return TurnInputs(
            user_speech=given["user_speech"][:, None],
            user_motion=motion,
            agent_speech=given["agent_speech"][:, None],
            agent_motion=torch.zeros_like(motion),
            speech_hidden=~known,
            motion_hidden=~seen,
            masked=torch.ones_like(seen),
        )

    def _rounds(self) -> list[int]:
        """Tokens unmasked in each round, left to right: cosine schedule, at least one, all by the end."""
        tokens = self.model.tokens.stream
        if self.model.config.additions.hand_over:
            return [1] * tokens
        rounds, left, counts = self.drawing.rounds, tokens, []
        for i in range(rounds):
            stay = math.floor(tokens * math.cos(math.pi / 2 * (i + 1) / rounds)) if i + 1 < rounds else 0
            stay = min(stay, left - 1)
            counts.append(left - stay)
            left = stay
            if not left:
                break
        return counts

    def _scale(self, unmasked: float, asked: Tensor | None, count: int) -> float | Tensor:
        """Of the guidance, for all rows alike, or where `asked` (B,) says it, for each of `count` tokens a row."""
        each = self.drawing.guidance if asked is None else asked.double().repeat_interleave(count)
        return 1 + (each - 1) * unmasked if self.drawing.guidance_schedule == "linear" else each

    def _tokens(
        self, context: TurnContext, now: slice, last: Tensor, known: Tensor, scale: float | Tensor, draw: Draw
    ) -> tuple[Tensor, Tensor | None]:
        """Values (B count, K D) of the tokens `now`, row by row of the batch, and the mean that they lie around.

        That mean is guided as the values are: what the user changes in it counts `scale` times.
        """
        model, count = self.model, now.stop - now.start
        scale = scale.to(last.dtype) if isinstance(scale, Tensor) else scale
        last, known = last.repeat_interleave(count, 0), known.repeat_interleave(count, 0)
        told = model.condition(context.z[:, now].flatten(0, 1), last, known)
        mean = None if context.mean is None else context.mean[:, now].flatten(0, 1)
        shape = (told.shape[0], model.values)
        if context.without_user is None:
            drawn = self._quieter(draw(partial(model.precompute, told), None, scale, shape))
            return self._nearer(model.compose(drawn, mean, told, last, known), mean), mean
        other = context.without_user
        plain = model.condition(other.z[:, now].flatten(0, 1), last, known)
        drawn = self._quieter(draw(partial(model.precompute, told), partial(model.precompute, plain), scale, shape))
        if mean is None or other.mean is None:
            return drawn, None
        usual = other.mean[:, now].flatten(0, 1)
        by = per_row(scale, mean) if isinstance(scale, Tensor) else scale
        around = usual + by * (mean - usual)
        if model.guide is None:
            return self._nearer(drawn, around), around
        guided = model.compose(drawn, mean, told, last, known)
        unguided = model.compose(drawn, usual, plain, last, known)
        return self._nearer(unguided + by * (guided - unguided), around), around

    def _quieter(self, sample: Tensor) -> Tensor:
        """What the head drew (R, K D), scaled in the channels that speech moves."""
        return sample if self.drawing.articulation_noise == 1 else sample * self._noise.to(sample)

    def _nearer(self, values: Tensor, mean: Tensor | None) -> Tensor:
        """Values (R, K D) nearer to their mean in the channels that speak or smile, the more the later in the token."""
        if mean is None or self.drawing.free:
            return values
        return mean + self._kept.to(values) * (values - mean)

    def _encode_context(self, turn: TurnInputs, state: TimarState, asked: Tensor | None) -> TurnContext:
        context = self._encode(turn, state)
        plain = self.drawing.guidance == 1 if asked is None else bool((asked == 1).all())
        if plain or self.model.config.head == "mlp":
            return context
        every = torch.ones_like(turn.masked)
        hidden = replace(turn, speech_hidden=every, motion_hidden=every)
        return replace(context, without_user=self._encode(hidden, state))

    def _encode(self, turn: TurnInputs, state: TimarState) -> TurnContext:
        context = self.history.encode_context(turn, state.steps, state.memory)
        mean = None if self.model.mean_head is None else self.model.mean(context.z, context.voice)
        return TurnContext(context.z, mean, None, context)

    def _remember(self, turn: TurnInputs, last: Tensor, first: TurnContext, state: TimarState) -> TimarState:
        own = self.drawing.own_history
        done = replace(turn, masked=torch.full_like(turn.masked, not own))
        memory = self.history.remember(done, state.steps, state.memory, None if own else first.history)
        return TimarState(state.steps + 1, last, state.emphasis, memory)


def _kept(left: Tensor, frames: Tensor, token: int) -> Tensor:
    """The share of its distance from the mean that each value of a token keeps (K D,), `left` (D,) after `frames`."""
    progress = (torch.arange(1, token + 1)[:, None] / frames).clamp_max(1)
    return (1 - progress * (1 - left)).flatten()


def make_rollout(model: Timar, drawing: DrawingConfig, space: MotionSpace, context: int | None) -> Rollout:
    """A model's rollout in a motion space, with `context` turns of history (None: as trained)."""
    spoken, smiling, brows = (space.parts.get(part, ()) for part in ("articulation", "smiling", "brows"))
    return Rollout(model, drawing, context, spoken, smiling, (*space.groups.get("pose", ()), *brows))
