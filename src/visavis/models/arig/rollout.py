"""ARIG: in what order the future is drawn. One step is one frame; the state is a value.

Shapes: B conversations, E speech features, D motion channels, C width, h frames of history, c frames of a chunk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from visavis.core.contract import InputSpec, Interface
from visavis.core.errors import VisavisError
from visavis.core.protocols import Draw
from visavis.core.spaces import MotionSpace
from visavis.core.steps import StepInput, StepMotion
from visavis.models.arig.long_range import ContextCache
from visavis.models.arig.model import Arig, ArigConfig, Surroundings
from visavis.models.arig.states import NO_STATE, STATES


@dataclass(frozen=True)
class ArigDrawing:
    """Nothing to choose: what is kept of the past is the model itself."""

    tag: ClassVar[str] = "arig"


def interface_of(config: ArigConfig) -> Interface:
    """A frame is drawn at a time; the agent's voice reaches it to its end, all else to the end of the frame before.

    Beside what the context cache holds, deeper layers pass on what older chunks told those in the cache.
    """
    inputs = (
        InputSpec("user_speech", "speech", ahead=-1),
        InputSpec("agent_speech", "speech"),
        InputSpec("user_motion", "motion", ahead=-1),
    )
    return Interface(inputs, hop=1, past_frames=_reach(config, config.capacity - 1), labels={"state": STATES})


@dataclass(frozen=True)
class ArigState:
    """What is kept up to the frame that is drawn next, T = `steps` (B,), embedded; before the first frame it is zero.

    agent_heard: the agent's voice over [T - h, T - 1] (B, h, C). user_heard: the user's over [T - h, T - 2]
    (B, h - 1, C). moved: own motion over [T - h, T - 1] (B, h, C). behaviours: of both over [T - c, T - 2]
    (B, 2, c - 1, C). context: of the chunks that are complete. state: of frame T - 1 (B,).
    """

    steps: Tensor
    agent_heard: Tensor
    user_heard: Tensor
    moved: Tensor
    behaviours: Tensor
    context: ContextCache
    state: Tensor


class Rollout:
    """Draws a conversation frame by frame with a trained `Arig`.

    `context` frames of the past reach a frame through the context cache (None: as many as it holds); the last chunk
    always does. Raises `VisavisError` for more than that.
    """

    def __init__(self, model: Arig, context: int | None = None) -> None:
        config = model.config
        interface = interface_of(config)
        if context is not None and not 0 <= context <= interface.past_frames:
            raise VisavisError(
                f"context of {context} frames is not possible; this model takes 0 to {interface.past_frames}"
            )
        self.model = model
        most = config.capacity - 1
        self.slots = most if context is None else min(most, context // config.chunk)
        self.interface = replace(interface, past_frames=_reach(config, self.slots))
        self.predicts_mean = False

    def init_state(self, batch: int) -> ArigState:
        """The state before the first frame."""
        config, mean = self.model.config, self.model.motion_mean
        steps = torch.zeros(batch, dtype=torch.int64, device=mean.device)
        history, chunk, width = config.history, config.chunk, config.width
        return ArigState(
            steps=steps,
            agent_heard=mean.new_zeros(batch, history, width),
            user_heard=mean.new_zeros(batch, history - 1, width),
            moved=mean.new_zeros(batch, history, width),
            behaviours=mean.new_zeros(batch, 2, chunk - 1, width),
            context=self.model.long_range.init_cache(batch, self.slots),
            state=torch.full_like(steps, NO_STATE),
        )

    def step(self, given: StepInput, state: ArigState, draw: Draw) -> tuple[StepMotion, ArigState]:
        """Draws one frame and returns the state after it."""
        model = self.model
        around = self._surroundings(given, state)
        rows = around.rows
        context, cache = model.long_range.step(model.summary(rows), state.context, state.steps)
        understood = model.understand(rows, state.state, context)
        shape = (len(context), model.channels)
        drawn = draw(model.network(understood.z), None, 1.0, shape)
        label = understood.states.argmax(-1)
        after = ArigState(
            steps=state.steps + 1,
            agent_heard=rows.agent_heard[:, 1:],
            user_heard=rows.user_heard[:, 1:],
            moved=torch.cat([rows.moved[:, 1:], model.motion(drawn)[:, None]], dim=1),
            behaviours=rows.behaviours[:, :, 1:],
            context=cache,
            state=label,
        )
        motion = model.denormalise(drawn)[:, None, None]
        return StepMotion(motion, labels={"state": label[:, None, None]}), after

    def _surroundings(self, given: StepInput, state: ArigState) -> Surroundings:
        """What is known of one frame (T = 1).

        At the beginning, the first frames that are heard and a face at rest stand for all that was before.
        """
        model, first = self.model, state.steps == 0
        heard, user = model.audio(given["agent_speech"][:, 0]), model.audio(given["user_speech"][:, 0])
        seen = model.seen_motion(model.normalise(given["user_motion"][:, 0]), given.known["user_motion"][:, 0])
        rest = model.motion(torch.zeros_like(given["user_motion"][:, 0]))
        agent_heard = torch.cat([_filled(first, state.agent_heard, heard), heard[:, None]], dim=1)
        user_heard = torch.cat([_filled(first, state.user_heard, user), user[:, None]], dim=1)
        moved = _filled(first, state.moved, rest)
        newest = torch.stack([model.behaviour(agent_heard[:, -2], moved[:, -1]), model.behaviour(user, seen)], dim=1)
        behaviours = torch.cat([_filled(first, state.behaviours, newest), newest[:, :, None]], dim=2)
        return Surroundings(agent_heard[:, None], user_heard[:, None], moved[:, None], behaviours[:, None])


def make_rollout(model: Arig, drawing: ArigDrawing, space: MotionSpace, context: int | None) -> Rollout:  # noqa: ARG001
    """A model's rollout with `context` frames of history (None: as many as its context cache holds)."""
    return Rollout(model, context)


def _reach(config: ArigConfig, slots: int) -> int:
    """Frames of the past that reach a frame through a cache of so many complete chunks, layer by layer."""
    return config.context_depth * slots * config.chunk + max(config.chunk, config.history)


def _filled(first: Tensor, kept: Tensor, frame: Tensor) -> Tensor:
    """What was kept (B, ..., n, C), or where it is the `first` frame (B,) that frame (B, ..., C) n times."""
    begins = first.view(-1, *[1] * (kept.dim() - 1))
    return torch.where(begins, frame.unsqueeze(-2).expand_as(kept), kept)
