"""DualTalk: in what order the future is drawn. One step is one turn; the state is a value.

The network hears a window as a whole; the last turn of what it says is kept (progressive protocol).

Shapes: B conversations, F frames a turn, H turns of history, E speech features a frame, D motion channels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import torch
from torch import Tensor

from visavis.core.contract import InputSpec, Interface
from visavis.core.errors import VisavisError
from visavis.core.protocols import Draw
from visavis.core.spaces import MotionSpace
from visavis.core.state import mapped
from visavis.core.steps import StepInput, StepMotion
from visavis.models.dualtalk.model import DualTalk, DualTalkConfig


@dataclass(frozen=True)
class Window:
    """Frames one after another: speech features (B, T, E), and the user's normalised motion (B, T, D)."""

    user_speech: Tensor
    user_motion: Tensor
    agent_speech: Tensor

    def followed_by(self, later: Window) -> Window:
        """These frames and then `later`."""
        return mapped(lambda *pair: torch.cat(pair, dim=1), self, later)

    def last(self, frames: int) -> Window:
        """The last `frames` frames."""
        return mapped(lambda tensor: tensor[:, tensor.shape[1] - frames :], self)

    def rows(self, index: Tensor) -> Window:
        """The conversations of an index (R,)."""
        return mapped(lambda tensor: tensor[index], self)


@dataclass(frozen=True)
class DualTalkDrawing:
    """history: nothing is kept between turns, each is "exact"."""

    tag: ClassVar[str] = "dualtalk"

    history: Literal["exact"] = "exact"


def interface_of(config: DualTalkConfig) -> Interface:
    """A turn is drawn at a time, and all input reaches it to its end."""
    inputs = (
        InputSpec("user_speech", "speech"),
        InputSpec("agent_speech", "speech"),
        InputSpec("user_motion", "motion"),
    )
    return Interface(inputs, config.frames_per_turn, (config.window_turns - 1) * config.frames_per_turn)


@dataclass(frozen=True)
class DualTalkState:
    """`steps` (B,) turns drawn so far, and the inputs of the last H turns; before the first turn they are zeros."""

    steps: Tensor
    window: Window


class Rollout:
    """Draws a conversation turn by turn with a trained `DualTalk`; nothing is random.

    `history_turns` of the past are heard again with each turn (None: as many as a training window holds; any
    number is possible, for the network has no positions). Where the user's motion is not seen, the network is
    given the mean motion, and silence where the user is not heard: it was never trained without.
    """

    def __init__(self, model: DualTalk, history_turns: int | None = None) -> None:
        config = model.config
        if history_turns is not None and history_turns < 0:
            raise VisavisError(f"context of {history_turns} turns is not possible; this model takes 0 or more")
        self.model = model
        self.turn = config.frames_per_turn
        self.history_turns = config.window_turns - 1 if history_turns is None else history_turns
        self.interface = replace(interface_of(config), past_frames=self.history_turns * self.turn)
        self.predicts_mean = True

    def init_state(self, batch: int) -> DualTalkState:
        """The state before the first turn."""
        mean, frames = self.model.motion_mean, self.history_turns * self.turn
        speech = mean.new_zeros(batch, frames, self.model.features)
        motion = mean.new_zeros(batch, frames, self.model.channels)
        turns = torch.zeros(batch, dtype=torch.int64, device=mean.device)
        return DualTalkState(turns, Window(speech, motion, speech))

    def step(self, given: StepInput, state: DualTalkState, draw: Draw) -> tuple[StepMotion, DualTalkState]:  # noqa: ARG002
        """One turn and the state after it. The network was trained on squared error: what it says is the mean."""
        seen = self.model.normalise(given["user_motion"])
        motion = torch.where(given.known["user_motion"][..., None], seen, torch.zeros_like(seen))
        window = state.window.followed_by(Window(given["user_speech"], motion, given["agent_speech"]))
        drawn = self.model.denormalise(self._last_turn(window, state.steps))[:, None]
        kept = window.last(self.history_turns * self.turn)
        return StepMotion(drawn, drawn), DualTalkState(state.steps + 1, kept)

    def _last_turn(self, window: Window, turns: Tensor) -> Tensor:
        """The last turn's motion (B, F, D); conversations with equally much history go through the network together."""
        history = turns.clamp(max=self.history_turns)
        rows, drawn = [], []
        for count in history.unique().tolist():
            rows.append((history == count).nonzero().flatten())
            heard = window.rows(rows[-1]).last((count + 1) * self.turn)
            motion = self.model(heard.user_speech, heard.user_motion, heard.agent_speech)
            drawn.append(motion[:, -self.turn :])
        return torch.cat(drawn)[torch.cat(rows).argsort()]


def make_rollout(
    model: DualTalk,
    drawing: DualTalkDrawing,
    space: MotionSpace,  # noqa: ARG001
    context: int | None,
) -> Rollout:
    """A model's rollout, with `context` turns of history (None: as many as a training window holds).

    Raises `VisavisError` for another history than "exact".
    """
    if drawing.history != "exact":
        raise VisavisError("DualTalk keeps nothing between turns; set history to 'exact'")
    return Rollout(model, context)
