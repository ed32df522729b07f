"""What ARIG learns from a batch of windows: the noise of every frame, the states, and who speaks.

All frames of a window are learned from at once: what a step would have kept lies in the window.

Shapes: B windows, T frames, D channels, C width, R = B T rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from visavis.analysis.motion_error import MotionError
from visavis.analysis.state_labels import state_labels
from visavis.analysis.states import STATES
from visavis.core.bounds import Depth, Deviation, Rate, Share, Weight, require_bounds
from visavis.core.clock import SAMPLES_PER_FRAME
from visavis.core.errors import VisavisError
from visavis.core.protocols import SpeechEncoder
from visavis.core.spaces import MotionSpace
from visavis.core.steps import StepInput
from visavis.data.folder import Clip
from visavis.data.gestures import GESTURES, gesture_labels
from visavis.data.known import by_group, counted_frames, neutral
from visavis.data.windows import Batch
from visavis.encode.augment import AS_RECORDED, AugmentConfig, Augmented, augmented
from visavis.encode.batch import encode_speech
from visavis.models.arig.codebook import Codebook
from visavis.models.arig.model import Arig, Surroundings, Understood, windows
from visavis.models.arig.rollout import ArigDrawing, Rollout
from visavis.models.arig.states import NO_STATE, one_after_another, who_speaks
from visavis.sampling.categorical import Choice
from visavis.sampling.config import SamplingConfig, sampler_for
from visavis.sampling.draw import make_draw

UNTOLD = -1
"""A label of a frame of which nobody says in what state it is."""

_CODEBOOK_RATE = 0.02


@dataclass(frozen=True)
class ArigObjectiveConfig:
    """state_weight, activity_weight: of the states' cross-entropy and of that of who speaks, beside the noise's error.

    state_balance: how far rare states count more than common ones: their share to this power divides (0: all frames
    alike). state_drop: chance that the state before is not told: whether a state lasts must not be all that is learned
    of it. state_forcing: share of the windows in which the states before are those that the model itself tells, one
    after another, as in use.
    draws: times each frame is noised afresh. motion_noise: deviation of the noise on own past motion, so that a model
    learns to go on from what it will draw (0: true motion as it is); in a model that is told of it, the largest.
    self_forcing: share of the windows in which own past motion is what the model itself draws there (Self Forcing,
    arXiv 2506.08009). motion_drop: chance that a window's user motion is unseen throughout.

    augment: what training does to sound (paper's form: nothing).

    Of a model with a mean head: mean_weight: weight of the mean's error. teacher_share: how far the mean is learned
    from what a teacher expects, where there is one, and not from what happened, in all channels but those that speech
    moves. speed_weight: how much an error of its change
    from frame to frame counts beside one of the mean itself. closure_weight: how much an error of the mean of mouth
    and jaw counts where the lips close between openings, gesture_weight: one in the channels of a gesture that the
    event log tells of (1: as elsewhere). size_weight: weight of the likelihood that teaches the sizes of what is left.
    noise_rate: how fast correlated noise follows what the mean leaves of true motion, a step.
    """

    tag: ClassVar[str] = "arig"

    state_weight: Weight = 1.0
    activity_weight: Weight = 1.0
    state_balance: Share = 0.0
    state_drop: Share = 0.5
    state_forcing: Share = 0.0
    draws: Depth = 4
    motion_noise: Deviation = 0.1
    self_forcing: Share = 0.0
    motion_drop: Share = 0.0
    mean_weight: Weight = 1.0
    teacher_share: Share = 0.0
    speed_weight: Weight = 0.0
    closure_weight: Weight = 1.0
    gesture_weight: Weight = 1.0
    size_weight: Weight = 0.1
    noise_rate: Rate = 0.02
    augment: AugmentConfig = AS_RECORDED

    def __post_init__(self) -> None:
        require_bounds(self)


def labels_of(clip: Clip, frames: int) -> np.ndarray:
    """Labels (2, frames, 1 + G) of both speakers: the state, and which gestures are under way (`gesture_labels`)."""
    states, gestures = state_labels(clip, frames), gesture_labels(clip, frames)
    return np.concatenate([states[..., None], gestures], axis=-1)


class ArigObjective(nn.Module):
    """Holds the model that is trained; called with a batch it gives the losses, "loss" being what is minimised.

    Labels (B, T, 1 + G) are those of `labels_of`, the state -1 where nobody says; without them motion alone is learned.
    What is unknown of the agent's motion counts in no loss.
    sampling: how self-forced windows are drawn. Raises `VisavisError` for a head with a learned variance.
    """

    def __init__(
        self,
        model: Arig,
        encoder: SpeechEncoder[Any],
        space: MotionSpace,
        config: ArigObjectiveConfig,
        sampling: SamplingConfig | None = None,
    ) -> None:
        super().__init__()
        if model.config.denoises.learned_variance:
            raise VisavisError("ARIG's variance is not learned; set model.denoises.learned_variance to false")
        if config.self_forcing and not model.config.additions.own_motion:
            raise VisavisError("a model that is not told its own motion goes on from none; set self_forcing to 0")
        self.model = model
        self.encoder = encoder
        self.config = config
        self.sampling = sampling or SamplingConfig()
        self.errors = MotionError(space)

    def forward(self, batch: Batch, generator: torch.Generator) -> Mapping[str, Tensor]:
        """Scalar losses of a batch: "loss" and its parts."""
        model, states = self.model, _states(batch)
        target = neutral(model.normalise(batch.agent_motion), batch.agent_known)
        around = self.surroundings(batch, target, self._seen(batch, generator), generator)
        rows, context = around.rows, self.context(around)
        understood = model.understand(rows, self._states_before(states, rows, context, generator), context)
        z = self.conditions(around, understood)
        counted = counted_frames(batch)
        parts: dict[str, Tensor] = {}
        loss, wanted = target.new_zeros(()), target
        if model.expected is not None:
            mean = model.expected(z, rows.agent_heard).view_as(target)
            log_sizes = model.expected.log_sizes(z).view_as(target)
            parts |= self._mean_errors(batch, mean, target, counted)
            wanted = (target - mean.detach()) * (-log_sizes.detach()).exp()
            unlikely = 0.5 * (target - mean.detach()).square() * (-2 * log_sizes).exp() + log_sizes
            parts["size"] = self.errors.grouped(unlikely, counted)
            mean_error = parts["mean"] + self.config.speed_weight * parts["speed"]
            loss = loss + self.config.mean_weight * mean_error + self.config.size_weight * parts["size"]
        parts["draw"] = self._draw_error(z, wanted.flatten(0, 1), counted, generator)
        loss = loss + parts["draw"]
        if model.noise is not None and self.training:
            model.noise.learn(wanted, self.config.noise_rate, counted)
        if states is not None and understood.states is not None:
            told = states.flatten()
            entropy = F.cross_entropy(understood.states.float(), told.clamp_min(0), reduction="none")
            parts["state"] = _mean_where(entropy * self._balance(told), told != UNTOLD)
            parts["activity"] = self._activity_error(understood, states)
            loss = loss + self.config.state_weight * parts["state"] + self.config.activity_weight * parts["activity"]
        return {"loss": loss, **parts}

    def surroundings(
        self, batch: Batch, own: Tensor, seen: Tensor, generator: torch.Generator | None = None
    ) -> Surroundings:
        """What is known before each frame (B, T, ...), with own normalised motion (B, T, D), and whether the user is
        seen in each window (B,) bool."""
        model, config = self.model, self.model.config
        heard_user, heard_agent = self._heard(batch, generator)
        user, agent = model.audio(heard_user), model.audio(heard_agent)
        motion = neutral(model.normalise(batch.user_motion), batch.user_known)
        seen = seen & torch.tensor(config.user_motion, device=seen.device)
        shown = _before(seen[:, None, None].expand(*motion.shape[:2], 1))[..., 0]
        ahead = config.additions.look_ahead
        heard = windows(agent, config.history + 1 + ahead)[:, ahead:]
        sound = heard[:, :, config.history - 1]
        moved = None
        if config.additions.own_motion:
            forced = round(self.config.self_forcing * len(own)) if self.training and generator is not None else 0
            if forced and generator is not None:
                drawn = self._drawn(heard_user, heard_agent, motion, seen, forced, generator)
                own = torch.cat([drawn, own[forced:]])
            moved = windows(self._remembered(own, generator), config.history)
        agents = model.behaviour(sound, model.unseen_like(sound) if moved is None else moved[:, :, -1])
        users = model.behaviour(user, model.seen_motion(_before(motion), shown))
        behaviours = torch.stack([windows(one, config.chunk) for one in (agents, users)], dim=2)
        return Surroundings(heard, windows(user, config.history), moved, behaviours)

    def context(self, around: Surroundings) -> Tensor:
        """The context token of each frame (R, C)."""
        summaries = self.model.summary(around.rows).unflatten(0, around.agent_heard.shape[:2])
        context: Tensor = self.model.long_range(summaries).flatten(0, 1)
        return context

    def conditions(self, around: Surroundings, understood: Understood) -> Tensor:
        """z of each frame (R, C)."""
        model, count = self.model, self.model.config.last_motions
        if around.moved is None:
            intended = understood.intended.unflatten(0, around.agent_heard.shape[:2])
            last = windows(intended, count + 1)[:, :, :-1].flatten(0, 1)
        else:
            last = around.moved[:, :, -count:].flatten(0, 1)
        return model.condition(understood.intended, last)

    def _heard(self, batch: Batch, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """Features (B, T, E) of the user's voice a frame late, and (B, T + a, E) of the agent's, whose last stands
        for what is heard ahead of the end; in training of changed sound."""
        spoken = Augmented(batch.user_speech, batch.agent_speech, None)
        if self.training and generator is not None:
            spoken = augmented(self.encoder, spoken.user, spoken.agent, self.config.augment, generator)
        user_before = _before(spoken.user.unflatten(1, (-1, SAMPLES_PER_FRAME))).flatten(1)
        user, agent = encode_speech(self.encoder, user_before, spoken.agent, spoken.disturbance)
        ahead = agent[:, -1:].expand(-1, self.model.config.additions.look_ahead, -1)
        return user, torch.cat([agent, ahead], dim=1)

    def _mean_errors(self, batch: Batch, mean: Tensor, target: Tensor, counted: Tensor | None) -> dict[str, Tensor]:
        """The mean's errors, of all and of its change; of each group for the record, by what happened."""
        errors, gestures = self.errors, torch.ones_like(target)
        if batch.agent_labels is not None:
            gestures = errors.gesturing(batch.agent_labels[..., 1:], self.config.gesture_weight)
        error = (mean - target).square()
        closing = errors.closing(batch.agent_motion, self.config.closure_weight)
        share = 0.0 if batch.agent_expected is None else self.config.teacher_share * (1 - errors.spoken)
        parts = {"mean": errors.grouped((1 - share) * error * closing * gestures, counted)}
        parts["speed"] = errors.change(mean, target, counted, (1 - share) * gestures)
        if batch.agent_expected is not None:
            expected = neutral(self.model.normalise(batch.agent_expected), batch.agent_known)
            parts["mean"] = parts["mean"] + errors.grouped(share * (mean - expected).square(), counted)
            parts["speed"] = parts["speed"] + errors.change(mean, expected, counted, share * torch.ones_like(mean))
        each = error.detach() if counted is None else error.detach() * by_group(counted, errors.groups.values())
        return parts | {f"mean_{name}": each[..., indices].mean() for name, indices in errors.groups.items()}

    def _remembered(self, own: Tensor, generator: torch.Generator | None) -> Tensor:
        """Own normalised motion (B, T, D) a frame late, embedded (B, T, C); in training with noise on it."""
        deviation = own.new_zeros(len(own), 1, 1)
        if self.training and self.config.motion_noise and generator is not None:
            deviation = deviation + self.config.motion_noise
            if self.model.told_noise is not None:
                share = torch.rand(deviation.shape, generator=generator, device=generator.device)
                deviation = deviation * share.to(own)
            noise = torch.randn(own.shape, generator=generator, device=generator.device).to(own)
            own = own + deviation * noise
        return self.model.own_motion(_before(own), deviation.expand(*own.shape[:2], 1))

    @torch.no_grad()
    def _drawn(
        self, user: Tensor, agent: Tensor, motion: Tensor, seen: Tensor, rows: int, generator: torch.Generator
    ) -> Tensor:
        """Own normalised motion (rows, T, D) as the model draws it in the first windows, from features of `_heard`."""
        model, ahead = self.model, self.model.config.additions.look_ahead
        rollout = Rollout(model, ArigDrawing())
        state = rollout.init_state(rows)
        moved = model.denormalise(motion)

        def noise(shape: tuple[int, ...]) -> Tensor:
            return torch.randn(shape, generator=generator, device=generator.device).to(motion)

        draw, frames = make_draw(sampler_for(model.config.denoising, self.sampling), noise), []
        for frame in range(motion.shape[1]):
            given = {
                "user_speech": user[:rows, frame : frame + 1],
                "agent_speech": agent[:rows, frame : frame + 1 + ahead],
                "user_motion": moved[:rows, max(frame - 1, 0)][:, None],
            }
            known = {"user_motion": (seen[:rows] & (frame > 0))[:, None]}
            step, state = rollout.step(StepInput(given, known), state, draw)
            frames.append(model.normalise(step.sample[:, 0]))
        return torch.cat(frames, dim=1)

    def _seen(self, batch: Batch, generator: torch.Generator) -> Tensor:
        return batch.user_seen & ~self._chance(self.config.motion_drop, batch.user_seen, generator)

    def _states_before(
        self, states: Tensor | None, rows: Surroundings, context: Tensor, generator: torch.Generator
    ) -> Tensor:
        """The states before each frame (R,), as they are told: true ones, own ones, or none."""
        frames = len(context)
        if states is None or self.model.understanding is None:
            return torch.full((frames,), NO_STATE, device=context.device)
        before = _before(states, NO_STATE)
        hidden = (before == UNTOLD) | self._chance(self.config.state_drop, before, generator)
        told = torch.where(hidden, torch.full_like(before, NO_STATE), before)
        forced = round(self.config.state_forcing * len(told)) if self.training else 0
        if forced:
            told[:forced, 1:] = self._own_states(rows, context, len(states))[:forced, :-1]
        return told.flatten()

    @torch.no_grad()
    def _own_states(self, rows: Surroundings, context: Tensor, batch: int) -> Tensor:
        """The states (B, T) that the model tells, one after another."""
        understanding = self.model.understanding
        assert understanding is not None
        agent, user = self.model.who_speaks(rows)
        return one_after_another(understanding.following(agent > 0, user > 0, context).unflatten(0, (batch, -1)))

    def _balance(self, states: Tensor) -> Tensor:
        """What a frame of each state (R,) counts, 1 on average."""
        told = states[states != UNTOLD]
        shares = torch.bincount(told, minlength=len(STATES)).clamp_min(1) / max(1, len(told))
        weights = shares**-self.config.state_balance
        return weights[states.clamp_min(0)] / weights[told].mean() if len(told) else torch.ones_like(states)

    def _chance(self, probability: float, like: Tensor, generator: torch.Generator) -> Tensor:
        """True with that probability in training, of the shape of `like`."""
        drawn = torch.rand(like.shape, generator=generator, device=generator.device)
        return (drawn < probability * self.training).to(like.device)

    def _draw_error(self, z: Tensor, target: Tensor, counted: Tensor | None, generator: torch.Generator) -> Tensor:
        """Squared error of what the head predicts for noised frames (R, D), told z (R, C) (paper, equation 3); of a
        codebook, the cross-entropy of the entries nearest to them."""
        head, draws = self.model.head, self.config.draws
        if isinstance(head, Codebook):
            if self.training:
                head.learn(target, _CODEBOOK_RATE, generator)
            logits = head(z)
            return F.cross_entropy(logits.flatten(0, 1), head.nearest(target).flatten())
        z, target = z.float().repeat(draws, 1), target.repeat(draws, 1)
        task = self.model.config.denoising
        assert not isinstance(task, Choice)
        error = task.training_error(lambda x, times: head(x, times, z), target, generator)
        if counted is not None:
            every = [torch.arange(error.shape[-1])]
            error = error * by_group(counted.flatten(0, 1).repeat(draws, 1), every)
        return error.mean()

    def _activity_error(self, understood: Understood, labels: Tensor) -> Tensor:
        """Cross-entropy of who speaks: the agent in each frame, the user in the one before, where states are told."""
        before = _before(labels, UNTOLD)
        errors = []
        for person, (logits, told) in enumerate(zip(understood.speaking, (labels, before), strict=True)):
            true = who_speaks(told.flatten().clamp_min(0))[:, person].to(logits)
            error = F.binary_cross_entropy_with_logits(logits, true, reduction="none")
            errors.append(_mean_where(error, told.flatten() != UNTOLD))
        return torch.stack(errors).mean()


def _before(frames: Tensor, first: int = 0) -> Tensor:
    """For each frame of (B, T, ...) the one before it; all of what is before the first is the number given."""
    return torch.cat([torch.full_like(frames[:, :1], first), frames[:, :-1]], dim=1)


def _mean_where(errors: Tensor, counted: Tensor) -> Tensor:
    """The mean of errors (R,) over the rows that are counted (R,) bool; 0 where there are none."""
    return (errors * counted).sum() / counted.sum().clamp_min(1)


def _states(batch: Batch) -> Tensor | None:
    """The states (B, T) of a batch; raises `VisavisError` for labels of another kind and numbers that name no state."""
    labels, numbers = batch.agent_labels, 1 + len(GESTURES)
    if labels is None:
        return None
    if labels.dim() != 3 or labels.shape[-1] != numbers:
        raise VisavisError(
            f"labels are {numbers} numbers a frame, the state and a number for each kind of gesture; "
            f"{tuple(labels.shape)} were given"
        )
    states = labels[..., 0]
    if bool(((states < UNTOLD) | (states >= len(STATES))).any()):
        raise VisavisError(
            f"states are numbers from 0 to {len(STATES) - 1}, or {UNTOLD} where none is told; "
            f"{int(states.min())} to {int(states.max())} were given"
        )
    return states
