"""What ARIG learns from a batch of windows: the noise of every frame, the states, and who speaks.

All frames of a window are learned from at once: what a step would have kept lies in the window.

Shapes: B windows, T frames, D channels, C width, R = B T rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from visavis.core.bounds import Depth, Deviation, Share, Weight, require_bounds
from visavis.core.clock import SAMPLES_PER_FRAME
from visavis.core.errors import VisavisError
from visavis.core.protocols import SpeechEncoder
from visavis.core.spaces import MotionSpace
from visavis.data.known import by_group, counted_frames, neutral
from visavis.data.windows import Batch
from visavis.encode.batch import encode_speech
from visavis.models.arig.model import Arig, Surroundings, Understood, windows
from visavis.models.arig.states import NO_STATE, STATES, who_speaks

UNTOLD = -1
"""A label of a frame of which nobody says in what state it is."""


@dataclass(frozen=True)
class ArigObjectiveConfig:
    """state_weight, activity_weight: of the states' cross-entropy and of that of who speaks, beside the noise's error.

    draws: times each frame is noised afresh. motion_noise: deviation of the noise on own past motion, so that a model
    learns to go on from what it will draw (0: true motion as it is). state_drop: chance that the state before is not
    told: whether a state lasts must not be all that is learned of it. motion_drop: chance that a window's user motion
    is unseen throughout.
    """

    tag: ClassVar[str] = "arig"

    state_weight: Weight = 1.0
    activity_weight: Weight = 1.0
    draws: Depth = 4
    motion_noise: Deviation = 0.1
    state_drop: Share = 0.5
    motion_drop: Share = 0.0

    def __post_init__(self) -> None:
        require_bounds(self)


class ArigObjective(nn.Module):
    """Holds the model that is trained; called with a batch it gives the losses, "loss" being what is minimised.

    Labels (B, T) are numbers of `STATES`, or -1 where nobody says; without labels only the noise is learned.
    What is unknown of the agent's motion counts in no loss. Raises `VisavisError` for a head with a learned variance.
    """

    def __init__(
        self,
        model: Arig,
        encoder: SpeechEncoder[Any],
        space: MotionSpace,
        config: ArigObjectiveConfig,
    ) -> None:
        super().__init__()
        del space
        if model.config.denoising.learned_variance:
            raise VisavisError("ARIG's variance is not learned; set model.denoises.learned_variance to false")
        self.model = model
        self.encoder = encoder
        self.config = config

    def forward(self, batch: Batch, generator: torch.Generator) -> Mapping[str, Tensor]:
        """Scalar losses of a batch: "loss" and its parts."""
        labels = _labels(batch)
        target = neutral(self.model.normalise(batch.agent_motion), batch.agent_known)
        around = self.surroundings(batch, self._disturbed(target, generator), self._seen(batch, generator))
        untold = torch.full(target.shape[:2], UNTOLD, device=target.device)
        before = self._told_before(untold if labels is None else labels, generator)
        understood = self.understood(around, before)
        parts = {"draw": self._draw_error(understood.z, target.flatten(0, 1), counted_frames(batch), generator)}
        loss = parts["draw"]
        if labels is not None:
            told = labels.flatten()
            entropy = F.cross_entropy(understood.states.float(), told.clamp_min(0), reduction="none")
            parts["state"] = _mean_where(entropy, told != UNTOLD)
            parts["activity"] = self._activity_error(understood, labels)
            loss = loss + self.config.state_weight * parts["state"] + self.config.activity_weight * parts["activity"]
        return {"loss": loss, **parts}

    def surroundings(self, batch: Batch, own: Tensor, seen: Tensor) -> Surroundings:
        """What is known before each frame (B, T, ...), with own normalised motion (B, T, D), and whether the user is
        seen in each window (B,) bool."""
        model, config = self.model, self.model.config
        silence = torch.zeros_like(batch.user_speech[:, :SAMPLES_PER_FRAME])
        user_before = torch.cat([silence, batch.user_speech[:, :-SAMPLES_PER_FRAME]], dim=1)
        user, agent = encode_speech(self.encoder, user_before, batch.agent_speech)
        user, agent = model.audio(user), model.audio(agent)
        motion = _before(neutral(model.normalise(batch.user_motion), batch.user_known))
        shown = _before(seen[:, None, None].expand(*motion.shape[:2], 1))[..., 0]
        moved = windows(model.motion(_before(own)), config.history)
        heard = windows(agent, config.history + 1)
        agents = model.behaviour(heard[:, :, -2], moved[:, :, -1])
        users = model.behaviour(user, model.seen_motion(motion, shown))
        behaviours = torch.stack([windows(one, config.chunk) for one in (agents, users)], dim=2)
        return Surroundings(heard, windows(user, config.history), moved, behaviours)

    def understood(self, around: Surroundings, states_before: Tensor) -> Understood:
        """What the model makes of each frame (R, ...), with the state of the frame before each (B, T)."""
        rows, model = around.rows, self.model
        summaries = model.summary(rows).unflatten(0, states_before.shape)
        context = model.long_range(summaries)
        return model.understand(rows, states_before.flatten(), context.flatten(0, 1))

    def _disturbed(self, motion: Tensor, generator: torch.Generator) -> Tensor:
        """Own past motion (B, T, D) as it is learned from."""
        if not (self.training and self.config.motion_noise):
            return motion
        noise = torch.randn(motion.shape, generator=generator, device=generator.device).to(motion)
        return motion + self.config.motion_noise * noise

    def _seen(self, batch: Batch, generator: torch.Generator) -> Tensor:
        return batch.user_seen & ~self._chance(self.config.motion_drop, batch.user_seen, generator)

    def _told_before(self, labels: Tensor, generator: torch.Generator) -> Tensor:
        """The states before each frame (B, T), as they are told."""
        start = torch.full_like(labels[:, :1], NO_STATE)
        before = torch.cat([start, labels[:, :-1]], dim=1)
        hidden = (before == UNTOLD) | self._chance(self.config.state_drop, before, generator)
        return torch.where(hidden, torch.full_like(before, NO_STATE), before)

    def _chance(self, probability: float, like: Tensor, generator: torch.Generator) -> Tensor:
        """True with that probability in training, of the shape of `like`."""
        drawn = torch.rand(like.shape, generator=generator, device=generator.device)
        return (drawn < probability * self.training).to(like.device)

    def _draw_error(self, z: Tensor, target: Tensor, counted: Tensor | None, generator: torch.Generator) -> Tensor:
        """Squared error of what the head predicts for noised frames (R, D), told z (R, C) (paper, equation 3)."""
        draws = self.config.draws
        z, target = z.repeat(draws, 1), target.repeat(draws, 1)
        point = self.model.config.denoising.training_point(target, generator)
        predicted: Tensor = self.model.head(point.x, point.network_time, z)
        error = (predicted.float() - point.target).square()
        if counted is not None:
            every = [torch.arange(error.shape[-1])]
            error = error * by_group(counted.flatten(0, 1).repeat(draws, 1), every)
        return error.mean()

    def _activity_error(self, understood: Understood, labels: Tensor) -> Tensor:
        """Cross-entropy of who speaks: the agent in each frame, the user in the one before, where states are told."""
        before = torch.cat([torch.full_like(labels[:, :1], UNTOLD), labels[:, :-1]], dim=1)
        errors = []
        for person, (logits, told) in enumerate(((understood.agent_speaks, labels), (understood.user_speaks, before))):
            true = who_speaks(told.flatten().clamp_min(0))[:, person].to(logits)
            error = F.binary_cross_entropy_with_logits(logits, true, reduction="none")
            errors.append(_mean_where(error, told.flatten() != UNTOLD))
        return torch.stack(errors).mean()


def _before(frames: Tensor) -> Tensor:
    """For each frame of (B, T, X) the one before it, zero before the first."""
    return torch.cat([torch.zeros_like(frames[:, :1]), frames[:, :-1]], dim=1)


def _mean_where(errors: Tensor, counted: Tensor) -> Tensor:
    """The mean of errors (R,) over the rows that are counted (R,) bool; 0 where there are none."""
    return (errors * counted).sum() / counted.sum().clamp_min(1)


def _labels(batch: Batch) -> Tensor | None:
    """The states (B, T) of a batch; raises `VisavisError` for numbers that name none."""
    labels = batch.agent_labels
    if labels is None:
        return None
    if labels.dim() != 2 or bool(((labels < UNTOLD) | (labels >= len(STATES))).any()):
        raise VisavisError(
            f"labels of states are numbers from 0 to {len(STATES) - 1}, or {UNTOLD} where none is told, one a frame; "
            f"{tuple(labels.shape)} from {int(labels.min())} to {int(labels.max())} were given"
        )
    return labels
