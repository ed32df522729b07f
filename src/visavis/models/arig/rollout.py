"""ARIG: in what order the future is drawn. One step is one frame; the state is a value.

Shapes: B conversations, E speech features, D motion channels, C width, h frames of history, c frames of a chunk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from visavis.analysis.states import STATES
from visavis.core.bounds import Deviation, Gain, Share, require_bounds
from visavis.core.contract import InputSpec, Interface
from visavis.core.errors import VisavisError
from visavis.core.protocols import Draw, Noise
from visavis.core.recorded_graph import any_row
from visavis.core.spaces import MotionSpace
from visavis.core.steps import StepInput, StepMotion
from visavis.layers.emphasis import Emphasis, EmphasisState
from visavis.models.arig.codebook import Codebook
from visavis.models.arig.long_range import ContextCache
from visavis.models.arig.model import Arig, ArigConfig, Surroundings
from visavis.models.arig.states import NO_STATE


@dataclass(frozen=True)
class ArigDrawing:
    """How a frame is drawn around the mean; a model without a mean head (paper) leaves all as it is.

    articulation, smile: the share of its distance from the mean that is left of what is drawn, in the channels that
    speech moves, and in those that smile (1 = all: off). gestures: how often the mean's quick movements of head and
    brows are added to what is drawn (0: off), see `layers.emphasis`. history_noise: deviation of the noise on own past
    motion, in a model that is told of it.
    """

    tag: ClassVar[str] = "arig"

    articulation: Share = 1.0
    smile: Share = 1.0
    gestures: Gain = 0.0
    history_noise: Deviation = 0.0

    def __post_init__(self) -> None:
        require_bounds(self)

    @property
    def plain(self) -> bool:
        """Whether frames are as they are drawn."""
        return self.articulation == self.smile == 1 and not self.gestures


def interface_of(config: ArigConfig) -> Interface:
    """A frame is drawn at a time; the agent's voice reaches it to its end, all else to the end of the frame before.

    With look-ahead, the agent's voice reaches it from so many frames later. Beside what the context cache holds, deeper
    layers pass on what older chunks told those in the cache.
    """
    ahead = config.additions.look_ahead
    inputs = (
        InputSpec("user_speech", "speech", ahead=-1),
        InputSpec("agent_speech", "speech", ahead=ahead, span=1 + ahead),
        *([InputSpec("user_motion", "motion", ahead=-1)] if config.user_motion else []),
    )
    labels = {"state": STATES} if config.states else {}
    return Interface(inputs, hop=1, past_frames=_reach(config, config.capacity - 1), labels=labels)


@dataclass(frozen=True)
class ArigState:
    """What is kept up to the frame that is drawn next, T = `steps` (B,), embedded; before the first frame it is zero.

    agent_heard: the agent's voice over [T - h, T + a - 1] (B, h + a, C). user_heard: the user's over [T - h, T - 2]
    (B, h - 1, C). moved: own motion over [T - h, T - 1] (B, h, C), or, where it is not seen, what was intended in the
    last m frames (B, m, C). behaviours: of both over [T - c, T - 2] (B, 2, c - 1, C). context: of the chunks that are
    complete. state: of frame T - 1 (B,). noise: that the last draws started from (B, L, D). emphasis: of the mean.
    """

    steps: Tensor
    agent_heard: Tensor
    user_heard: Tensor
    moved: Tensor
    behaviours: Tensor
    context: ContextCache
    state: Tensor
    noise: Tensor
    emphasis: EmphasisState


@dataclass(frozen=True, eq=False)
class _Drawn:
    """What the head draws (B, D); the noise that the last draws started from (B, L, D); noise for the memory of what
    was drawn (B, D)."""

    motion: Tensor
    noise: Tensor
    disturbance: Tensor


class Rollout:
    """Draws a conversation frame by frame with a trained `Arig`.

    `context` frames of the past reach a frame through the context cache (None: as many as it holds); the last chunk
    always does. `spoken`: channels that speech moves; `smiling`: those that smile; `gesturing`: those that nod and
    wonder. Raises `VisavisError` for more context than that, and for drawing that needs a mean where there is none.
    """

    def __init__(
        self,
        model: Arig,
        drawing: ArigDrawing,
        context: int | None = None,
        spoken: tuple[int, ...] = (),
        smiling: tuple[int, ...] = (),
        gesturing: tuple[int, ...] = (),
    ) -> None:
        config = model.config
        interface = interface_of(config)
        if context is not None and not 0 <= context <= interface.past_frames:
            raise VisavisError(
                f"context of {context} frames is not possible; this model takes 0 to {interface.past_frames}"
            )
        if model.expected is None and not drawing.plain:
            raise VisavisError(
                "articulation, smile and gestures go by the mean; they need a model with a mean head "
                "(model.additions.mean_head), or leave them at 1, 1 and 0"
            )
        self.model = model
        self.drawing = drawing
        most = config.capacity - 1
        self.slots = most if context is None else min(most, context // config.chunk)
        self.interface = replace(interface, past_frames=_reach(config, self.slots))
        self.predicts_mean = model.expected is not None
        left = torch.ones(model.channels)
        left[list(smiling)] = drawing.smile
        left[list(spoken)] = drawing.articulation
        self._left = left
        self._emphasis = Emphasis(gesturing, drawing.gestures)

    def init_state(self, batch: int) -> ArigState:
        """The state before the first frame."""
        config, mean = self.model.config, self.model.motion_mean
        additions = config.additions
        steps = torch.zeros(batch, dtype=torch.int64, device=mean.device)
        history, chunk, width = config.history, config.chunk, config.width
        return ArigState(
            steps=steps,
            agent_heard=mean.new_zeros(batch, history + additions.look_ahead, width),
            user_heard=mean.new_zeros(batch, history - 1, width),
            moved=mean.new_zeros(batch, history if additions.own_motion else config.last_motions, width),
            behaviours=mean.new_zeros(batch, 2, chunk - 1, width),
            context=self.model.long_range.init_cache(batch, self.slots),
            state=torch.full_like(steps, NO_STATE),
            noise=mean.new_zeros(batch, additions.noise_lags, self.model.channels),
            emphasis=self._emphasis.init_state(mean, batch),
        )

    def step(self, given: StepInput, state: ArigState, draw: Draw) -> tuple[StepMotion, ArigState]:
        """Draws one frame and returns the state after it."""
        model, first = self.model, state.steps == 0
        around = self._surroundings(given, state)
        rows = around.rows
        context, cache = model.long_range.step(model.summary(rows), state.context, state.steps)
        understood = model.understand(rows, state.state, context)
        label = state.state if understood.states is None else understood.states.argmax(-1)
        moved = _filled(first, state.moved, understood.intended) if rows.moved is None else rows.moved
        z = model.condition(understood.intended, moved[:, -model.config.last_motions :])
        drawn = self._drawn(z, state, draw)
        motion = drawn.motion
        mean, shown, emphasis = None, motion, state.emphasis
        if model.expected is not None:
            mean = model.expected(z, rows.agent_heard)
            motion = mean + self._left.to(mean) * model.expected.log_sizes(z).exp() * motion
            louder, emphasis = self._emphasis.apply(motion[:, None], mean[:, None], emphasis, ~first)
            shown = louder[:, 0]
        newest = understood.intended if rows.moved is None else self._remembered(motion, drawn.disturbance)
        after = ArigState(
            steps=state.steps + 1,
            agent_heard=rows.agent_heard[:, 1:],
            user_heard=rows.user_heard[:, 1:],
            moved=torch.cat([moved[:, 1:], newest[:, None]], dim=1),
            behaviours=rows.behaviours[:, :, 1:],
            context=cache,
            state=label,
            noise=drawn.noise,
            emphasis=emphasis,
        )
        around_mean = None if mean is None else self._motion(mean)
        labels = {} if understood.states is None else {"state": label[:, None, None]}
        return StepMotion(self._motion(shown), around_mean, labels), after

    def _drawn(self, z: Tensor, state: ArigState, draw: Draw) -> _Drawn:
        model = self.model
        shape = (z.shape[0], model.channels)
        if isinstance(model.head, Codebook):
            chosen = draw(model.network(z), None, 1.0, (z.shape[0], *model.head.used.shape))
            motion = model.head.motion(chosen)
            return _Drawn(motion, state.noise, torch.zeros_like(motion))
        noises: list[Tensor] = []

        def start(noise: Noise) -> Tensor:
            white = noise(shape)
            begin = white if model.noise is None else model.noise(white, state.noise, state.steps)
            noises.append(torch.cat([state.noise[:, 1:], begin[:, None]], dim=1)[:, : state.noise.shape[1]])
            noises.append(torch.zeros_like(white) if model.told_noise is None else noise(shape))
            return begin

        motion = draw(model.network(z), None, 1.0, shape, start=start)
        return _Drawn(motion, *noises)

    def _remembered(self, motion: Tensor, disturbance: Tensor) -> Tensor:
        """Own normalised motion (B, D) as it is embedded (B, C), with noise where the model is told of it."""
        level = self.drawing.history_noise
        return self.model.own_motion(motion + level * disturbance, motion.new_full((motion.shape[0], 1), level))

    def _motion(self, normalised: Tensor) -> Tensor:
        """Normalised motion (B, D) as a step's (B, 1, 1, D)."""
        return self.model.denormalise(normalised)[:, None, None]

    def _surroundings(self, given: StepInput, state: ArigState) -> Surroundings:
        """What is known of one frame (T = 1).

        At the beginning, the first frames that are heard and a face at rest stand for all that was before.
        """
        model, first = self.model, state.steps == 0
        starts, history = any_row(first), model.config.history
        agent_heard, user_heard, user = self._voices(given, state, starts)
        seen = model.unseen_like(user)
        if model.config.user_motion:
            seen = model.seen_motion(model.normalise(given["user_motion"][:, 0]), given.known["user_motion"][:, 0])
        moved = None
        if model.config.additions.own_motion:
            moved = state.moved
            if starts:
                rest = user.new_zeros(user.shape[0], model.channels)
                moved = _filled(first, moved, self._remembered(rest, torch.zeros_like(rest)))
        sound = agent_heard[:, history - 1]
        own = model.unseen_like(sound) if moved is None else moved[:, -1]
        newest = model.behaviour(torch.stack([sound, user], dim=1), torch.stack([own, seen], dim=1))
        before = _filled(first, state.behaviours, newest) if starts else state.behaviours
        behaviours = torch.cat([before, newest[:, :, None]], dim=2)
        return Surroundings(
            agent_heard[:, None], user_heard[:, None], None if moved is None else moved[:, None], behaviours[:, None]
        )

    def _voices(self, given: StepInput, state: ArigState, starts: bool) -> tuple[Tensor, Tensor, Tensor]:
        """The agent's voice (B, h + 1 + a, C), the user's (B, h, C), and the user's newest frame (B, C), embedded.

        starts: whether any conversation begins; of the others only the newest frames have yet to be embedded.
        """
        agent, user = given["agent_speech"], given["user_speech"][:, :1]
        if not starts:
            newest = self.model.audio(torch.cat([agent[:, -1:], user], dim=1))
            agents, users = newest.split(1, dim=1)
            heard = torch.cat([state.agent_heard, agents], dim=1)
            return heard, torch.cat([state.user_heard, users], dim=1), newest[:, 1]
        first, heard, user = state.steps == 0, self.model.audio(agent), self.model.audio(user[:, 0])
        agent_heard = torch.cat([_begun(first, state.agent_heard, heard), heard[:, -1:]], dim=1)
        user_heard = torch.cat([_filled(first, state.user_heard, user), user[:, None]], dim=1)
        return agent_heard, user_heard, user


def make_rollout(model: Arig, drawing: ArigDrawing, space: MotionSpace, context: int | None) -> Rollout:
    """A model's rollout with `context` frames of history (None: as many as its context cache holds)."""
    spoken, smiling, brows = (space.parts.get(part, ()) for part in ("articulation", "smiling", "brows"))
    return Rollout(model, drawing, context, spoken, smiling, (*space.groups.get("pose", ()), *brows))


def _reach(config: ArigConfig, slots: int) -> int:
    """Frames of the past that reach a frame through a cache of so many complete chunks, layer by layer."""
    intended = 0 if config.additions.own_motion else config.last_motions
    return config.context_depth * slots * config.chunk + max(config.chunk, config.history) + intended


def _filled(first: Tensor, kept: Tensor, frame: Tensor) -> Tensor:
    """What was kept (B, ..., n, C), or where it is the `first` frame (B,) that frame (B, ..., C) n times."""
    begins = first.view(-1, *[1] * (kept.dim() - 1))
    return torch.where(begins, frame.unsqueeze(-2).expand_as(kept), kept)


def _begun(first: Tensor, kept: Tensor, heard: Tensor) -> Tensor:
    """What was kept of a voice (B, n, C), or where it is the `first` frame (B,), that frame over and over and then the
    frames heard after it, of which the last (B, 1 + a, C) is not yet kept."""
    begin = torch.cat([heard[:, :1].expand(-1, kept.shape[1] - heard.shape[1] + 1, -1), heard[:, :-1]], dim=1)
    return torch.where(first[:, None, None], begin, kept)
