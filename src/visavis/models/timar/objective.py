"""What TIMAR learns from a batch of windows: masking, dropped users, and the losses of its heads.

Shapes: B windows, P turns, F frames a turn, n tokens a stream, D channels, K frames a token, R rows = drawn tokens.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from visavis.analysis.motion_error import MotionError
from visavis.core.bounds import Depth, Deviation, Rate, Share, Weight, require_bounds
from visavis.core.errors import VisavisError
from visavis.core.protocols import SpeechEncoder
from visavis.core.spaces import MotionSpace
from visavis.data.known import by_group, complete, counted_frames, neutral
from visavis.data.windows import Batch
from visavis.encode.augment import AugmentConfig, Augmented, augmented
from visavis.encode.batch import encode_speech
from visavis.models.timar.deviations import HISTORY, Deviations
from visavis.models.timar.guide import Guide
from visavis.models.timar.model import Seen, Timar
from visavis.models.timar.tokens import TurnInputs
from visavis.sampling.bound import variational_bound
from visavis.sampling.config import SamplingConfig, sampler_for
from visavis.sampling.cosine import FULL
from visavis.sampling.process import TIME_SCALE


@dataclass(frozen=True)
class TimarObjectiveConfig:
    """mask_least: smallest ratio of masked agent-motion tokens; the ratio is drawn once a batch from a normal
    centred at 1 with deviation 0.25, cut at mask_least and 1 (paper: 0.7; hand-over models mask all: 1).
    token_drop: chance that a user token is replaced by fake_latent (paper: 0.1). turn_drop: that all user tokens
    of a turn are (what guidance compares with). motion_drop: that a window's user motion is absent throughout.
    draws: times each token is noised afresh (paper: 4). mean_weight: weight of the mean head's error.
    hand_over_noise: deviation of the noise on the handed-over frames; hand_over_drop: chance that they are withheld.
    closure_weight: how much an error of the mean of mouth and jaw counts where the lips close between openings (1: as
    elsewhere), and one of a guide in tokens in which they do; above 1 lips close for what is likely a p, b or m, not
    only for what is certainly one.
    gesture_weight: how much an error of the mean, of its change, and of a guide, counts in the channels of a gesture
    that the event log tells of (1: as elsewhere): gestures are rare and short, and drown in a living head's movement.
    speed_weight: how much an error of the mean's change from frame to frame counts beside one of the mean itself.
    size_weight: weight of the likelihood that teaches a guide the sizes of its errors.
    unit_rate: how fast a guide's units, and how deviations go on, follow what is seen, a step.
    astray: largest deviation of the offsets by which endings are led astray, with targets that find back as deviations
    of true motion from its mean do (see `Deviations`): what keeps a guided model from drifting for hours.
    self_forcing: share of the windows whose endings are what the model itself has drawn up to there, with targets
    that find back likewise (Self Forcing, arXiv 2506.08009): what it meets when it goes on from its own.
    """

    tag: ClassVar[str] = "timar"

    mask_least: Share = 0.7
    token_drop: Share = 0.1
    turn_drop: Share = 0.0
    motion_drop: Share = 0.0
    draws: Depth = 4
    mean_weight: Weight = 1.0
    closure_weight: Weight = 1.0
    gesture_weight: Weight = 1.0
    speed_weight: Weight = 0.0
    size_weight: Weight = 0.1
    hand_over_noise: Deviation = 0.1
    hand_over_drop: Share = 0.15
    unit_rate: Rate = 0.02
    astray: Deviation = 0.5
    self_forcing: Share = 0.0
    augment: AugmentConfig = field(default_factory=AugmentConfig)

    def __post_init__(self) -> None:
        require_bounds(self)


class TimarObjective(nn.Module):
    """Holds the model that is trained; called with a batch it gives the losses, "loss" being what is minimised.

    sampling: how self-forced windows are drawn, which is how the model will be.

    Of the agent's motion, a token counts in a channel if all its frames do. What is unknown is what the model itself
    expects, where motion is handed over, and noise of unit size, where the rest of a guess is drawn.
    """

    def __init__(
        self,
        model: Timar,
        encoder: SpeechEncoder[Any],
        space: MotionSpace,
        config: TimarObjectiveConfig,
        sampling: SamplingConfig | None = None,
    ) -> None:
        super().__init__()
        if model.config.additions.hand_over and config.mask_least < 1:
            raise VisavisError("a hand-over model never sees own motion; set objective.mask_least to 1")
        if config.self_forcing and not (model.config.additions.guide and model.config.head == "flow"):
            raise VisavisError("self-forcing needs a guide and a flow head; set objective.self_forcing to 0")
        self.model = model
        self.encoder = encoder
        self.config = config
        self.sampling = sampling or SamplingConfig()
        self.errors = MotionError(space)
        self.deviations = Deviations(space.width, model.config.frames_per_token)

    def undecayed(self) -> set[str]:
        """Parameters without weight decay: those of the generative head (TIMAR, training)."""
        return {name for name, _ in self.named_parameters() if name.startswith("model.head.")}

    def forward(self, batch: Batch, generator: torch.Generator) -> Mapping[str, Tensor]:
        """Scalar losses of a batch: "loss" and its parts."""
        turns = self._turns(batch, generator)
        seen_turns: Seen = self.model(turns)
        z = self.model.own(seen_turns.tokens)
        mean = None if self.model.mean_head is None else self.model.mean(z, seen_turns.voice)
        motion, counted = turns.agent_motion, self._counted(batch)
        if mean is not None and batch.agent_known is not None:
            motion = torch.where(batch.agent_known[:, None, None], motion, self.model.tokens.unpack(mean.detach()))
        target, closing, gesture = self.model.tokens.pack(motion), self._closing(batch), self._gesturing(batch)
        chosen = turns.masked.flatten()
        last, known = self._endings(motion, generator)
        last, known = last[chosen], known[chosen]
        wanted = target.flatten(0, 2)[chosen]
        counting = None if counted is None else counted.flatten(0, 2)[chosen]
        parts: dict[str, Tensor] = {}
        loss = wanted.new_zeros(())
        expected = None if mean is None else mean.detach().flatten(0, 2)[chosen]
        if self.model.guide is not None and mean is not None and self.training:
            self._learn_deviations(target - mean.detach(), counted)
            last, wanted = self._astray(last, wanted, generator)
            if self._forced(len(z)):
                own = self._own_endings(z.detach(), mean.detach(), target, generator)
                last, wanted, known = (
                    torch.cat([o, t[len(o) :]]) for o, t in zip(own, (last, wanted, known), strict=True)
                )
        rows = self.model.condition(z.flatten(0, 2)[chosen], last, known)
        if self.model.guide is not None and expected is not None:
            white, log_size = self._left_by_guide(self.model.guide, expected, rows, wanted, last, known, counting)
            anywhere = self._channels((closing * gesture).flatten(0, 2)[chosen]).amax(1)
            parts["guide"] = self._grouped(white.square() * self.model.guide.per_frame(anywhere), counting)
            parts["size"] = self._unlikelihood(white.detach(), log_size, counting)
            loss = parts["guide"] + self.config.size_weight * parts["size"]
            wanted = white.detach() / log_size.detach().exp()
        parts["draw"] = self._draw_error(rows, wanted, generator, counting)
        loss = loss + parts["draw"]
        if mean is not None:
            error = (mean - target).square()
            parts["mean"] = self._grouped(error * closing * gesture, counted)
            each = self._channels(error.detach())
            if counted is not None:
                each = each * by_group(counted, self.errors.groups.values())[..., None, :]
            for name, indices in self.errors.groups.items():
                parts[f"mean_{name}"] = each[..., indices].mean()
            parts["speed"] = self._speed_error(mean, target, counted, gesture)
            loss = loss + self.config.mean_weight * (parts["mean"] + self.config.speed_weight * parts["speed"])
        return {"loss": loss, **parts}

    def _counted(self, batch: Batch) -> Tensor | None:
        """Which tokens count in which channels (B, P, n, D) bool; None: all in all."""
        frames = counted_frames(batch)
        config, stream = self.model.config, self.model.tokens.stream
        return None if frames is None else frames.unflatten(1, (-1, stream, config.frames_per_token)).all(dim=3)

    def _closing(self, batch: Batch) -> Tensor:
        """What errors (B, P, n, K D) count beside others, for lips that close."""
        return self._packed(self.errors.closing(batch.agent_motion, self.config.closure_weight))

    def _gesturing(self, batch: Batch) -> Tensor:
        """What errors (B, P, n, K D) count beside others, for gestures."""
        if batch.agent_labels is None:
            return self._packed(torch.ones_like(batch.agent_motion))
        return self._packed(self.errors.gesturing(batch.agent_labels, self.config.gesture_weight))

    def _packed(self, frames: Tensor) -> Tensor:
        return self.model.tokens.pack(frames.unflatten(1, (-1, self.model.config.frames_per_turn)))

    def _learn_deviations(self, deviations: Tensor, counted: Tensor | None) -> None:
        """From deviations (B, P, n, K D) of true motion from its mean, where tokens are `counted` (B, P, n, D)."""
        frames = self._channels(deviations).flatten(1, 3)
        told = None if counted is None else complete(counted.flatten(0, 2))
        if told is not None and counted is not None:
            told = told.view_as(counted).repeat_interleave(self.model.config.frames_per_token, 2).flatten(1, 2)
        self.deviations.learn(frames, self.config.unit_rate, told)

    def _astray(self, last: Tensor, target: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Endings (R, 3, D) led astray by a random offset, and targets (R, K D) that find back as deviations do."""
        shape = (len(last), last.shape[-1])
        offset = torch.randn(shape, generator=generator, device=generator.device).to(last)
        size = torch.rand(shape[0], 1, generator=generator, device=generator.device).to(last)
        offsets = (self.config.astray * size * offset)[:, None].expand(-1, HISTORY, -1)
        return last + offsets, target + self.deviations.continued(offsets).flatten(1)

    def _own_endings(
        self, z: Tensor, mean: Tensor, target: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Endings (R, 3, D) that the model drew in the first windows, targets that find back, which are known (R,)."""
        windows = self._forced(len(z))
        drawn = self._drawn(z[:windows].flatten(1, 2).float(), mean[:windows].flatten(1, 2), generator)
        last = torch.cat([torch.zeros_like(drawn[:, :1, -HISTORY:]), drawn[:, :-1, -HISTORY:]], dim=1)
        known = drawn.new_ones(drawn.shape[:2])
        known[:, 0] = 0
        true = self._channels(target[:windows].flatten(1, 2))
        offsets = torch.cat([torch.zeros_like(last[:, :1]), last[:, 1:] - true[:, :-1, -HISTORY:]], dim=1)
        back = self.deviations.continued(offsets.flatten(0, 1))
        wanted = target[:windows].flatten(0, 2) + back.flatten(1)
        return last.flatten(0, 1), wanted, known.flatten()

    def _forced(self, windows: int) -> int:
        """How many of so many windows are self-forced."""
        return round(self.config.self_forcing * windows)

    @torch.no_grad()
    def _drawn(self, z: Tensor, mean: Tensor, generator: torch.Generator) -> Tensor:
        """Windows as the model draws them, token by token (B, P n, K, D), from z (B, P n, C) and mean (B, P n, K D)."""
        model, sampler = self.model, sampler_for(self.model.config.denoising, self.sampling)

        def noise(shape: tuple[int, ...]) -> Tensor:
            return torch.randn(shape, generator=generator, device=generator.device).to(z)

        last, known = z.new_zeros(len(z), 3, model.channels), z.new_zeros(len(z))
        tokens: list[Tensor] = []
        with torch.autocast(z.device.type, enabled=False):
            for token, expected in zip(z.unbind(1), mean.float().unbind(1), strict=True):
                told = model.condition(token, last, known)
                drawn = sampler.sample(partial(model.precompute, told), expected.shape, noise)
                tokens.append(self._channels(model.compose(drawn, expected, told, last, known)))
                last, known = tokens[-1][:, -3:], torch.ones_like(known)
        return torch.stack(tokens, dim=1)

    def _left_by_guide(
        self,
        guide: Guide,
        mean: Tensor,
        rows: Tensor,
        target: Tensor,
        last: Tensor,
        known: Tensor,
        counted: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        """What the guess leaves of each token, whitened, and the log size expected of it (R, K D)."""
        guess, log_size = self.model.guess(mean, rows, last, known)
        error = guide.relative(target, last[:, 2], known) - guess
        if self.training:
            guide.learn_units(error, known, self.config.unit_rate, complete(counted))
        return guide.whiten(error, known), guide.per_frame(log_size)

    def _unlikelihood(self, white: Tensor, log_size: Tensor, counted: Tensor | None = None) -> Tensor:
        """Minus the Gaussian log likelihood of whitened errors (R, K D), a frame and channel, but for a constant."""
        return self._grouped(0.5 * white.square() * (-2 * log_size).exp() + log_size, counted)

    def _speed_error(self, mean: Tensor, target: Tensor, counted: Tensor | None, emphasis: Tensor) -> Tensor:
        """Squared error of the mean's change from frame to frame, in units of the true change.

        From mean and target (B, P, n, K D); `emphasis` of that shape says what each error counts. Changes over the
        borders of tokens and turns count like others, so that the mean does not jump where the next turn is heard.
        """
        expected, true, each = (self._channels(values).flatten(1, -2) for values in (mean, target, emphasis))
        known = None
        if counted is not None:
            frames = (*counted.shape[:-1], self.model.config.frames_per_token, counted.shape[-1])
            known = counted[..., None, :].expand(frames).flatten(1, -2)
        return self.errors.change(expected, true, known, each)

    def _draw_error(
        self, rows: Tensor, target: Tensor, generator: torch.Generator, counted: Tensor | None = None
    ) -> Tensor:
        denoising = self.model.config.denoising
        if denoising is None:
            nothing = target.new_zeros(())
            return self._grouped((self.model.predict(rows, nothing, nothing).float() - target).square(), counted)
        rows, target = rows.repeat(self.config.draws, 1), target.repeat(self.config.draws, 1)
        counted = None if counted is None else counted.repeat(self.config.draws, 1)
        all_frames = None if counted is None else counted.repeat(1, self.model.config.frames_per_token)
        point = denoising.training_point(target, generator)
        if denoising.learned_variance:
            out = self.model.predict(rows, point.x, point.network_time).float()
            clean = out[:, : target.shape[1]]
            weights = None if all_frames is None else by_group(all_frames, [torch.arange(all_frames.shape[-1])])
            bound = variational_bound(FULL, out, target, point.x, point.time, weights)
            return self._grouped((clean - target).square(), counted) + bound.mean()
        x = point.x
        if all_frames is not None:
            rest = torch.randn(x.shape, generator=generator, device=generator.device).to(x)
            noise = target - point.target
            on_the_way = noise + point.network_time[:, None] / TIME_SCALE * (rest - noise)
            x = torch.where(all_frames, x, on_the_way)
        velocity = self.model.predict(rows, x, point.network_time)
        return self._grouped((velocity.float() - point.target).square(), counted)

    def _turns(self, batch: Batch, generator: torch.Generator) -> TurnInputs:
        config, frames, stream = self.config, self.model.config.frames_per_turn, self.model.tokens.stream
        user, agent = batch.user_speech, batch.agent_speech
        spoken = Augmented(user, agent, None)
        if self.training:
            spoken = augmented(self.encoder, user, agent, config.augment, generator)
        heard = encode_speech(self.encoder, spoken.user, spoken.agent, spoken.disturbance)
        user_heard, agent_heard = (part.unflatten(1, (-1, frames)) for part in heard)
        moved = [
            neutral(self.model.normalise(motion), known).unflatten(1, (-1, frames))
            for motion, known in ((batch.user_motion, batch.user_known), (batch.agent_motion, batch.agent_known))
        ]
        shape = (len(user), user_heard.shape[1], stream)

        def chance(probability: float, *shape: int) -> Tensor:
            drawn = torch.rand(shape, generator=generator, device=generator.device)
            return (drawn < probability * self.training).to(user.device)

        absent = ~batch.user_seen[:, None, None] | chance(config.motion_drop, len(user), 1, 1)
        without_user = chance(config.turn_drop, *shape[:2], 1)
        return TurnInputs(
            user_speech=user_heard,
            user_motion=moved[0],
            agent_speech=agent_heard,
            agent_motion=moved[1],
            speech_hidden=chance(config.token_drop, *shape) | without_user,
            motion_hidden=chance(config.token_drop, *shape) | without_user | absent,
            masked=self._masked(shape, generator).to(user.device),
        )

    def _masked(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        least = self.config.mask_least
        if least >= 1 or not self.training:
            return torch.ones(shape, dtype=torch.bool)
        ratio = 0.0
        while not least <= ratio <= 1:
            ratio = 1 + 0.25 * float(torch.randn((), generator=generator, device=generator.device))
        tokens = shape[1] * shape[2]
        order = torch.rand(shape[0], tokens, generator=generator, device=generator.device).argsort(dim=1).argsort(dim=1)
        return (order < math.ceil(tokens * ratio)).reshape(shape)

    def _endings(self, motion: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The three frames before each token (B P n, 3, D), and whether they are handed over (B P n)."""
        step = self.model.config.frames_per_token
        frames = motion.flatten(1, 2)
        if step < 3:
            count = motion.shape[0] * motion.shape[1] * self.model.tokens.stream
            return frames.new_zeros(count, 3, frames.shape[-1]), torch.zeros(count, device=frames.device)
        ends = frames.unflatten(1, (-1, step))[:, :-1, -3:]
        last = torch.cat([torch.zeros_like(ends[:, :1]), ends], dim=1).flatten(0, 1)
        known = frames.new_ones(frames.shape[0], frames.shape[1] // step)
        known[:, 0] = 0
        if self.training:
            device = generator.device
            kept = torch.rand(known.shape, generator=generator, device=device) >= self.config.hand_over_drop
            known *= kept.to(known)
            shift = torch.randn(len(last), 1, last.shape[-1], generator=generator, device=device).to(last)
            jitter = torch.randn(last.shape, generator=generator, device=device).to(last)
            last = last + self.config.hand_over_noise * (shift + 0.1 * jitter)
        return last, known.flatten()

    def _channels(self, error: Tensor) -> Tensor:
        """Errors of packed values (..., K D) as (..., K, D)."""
        return error.reshape(*error.shape[:-1], self.model.config.frames_per_token, -1)

    def _grouped(self, error: Tensor, counted: Tensor | None = None) -> Tensor:
        """Sum over the space's groups of the mean error (..., K D) in each, over what is `counted` (..., D)."""
        return self.errors.grouped(self._channels(error), None if counted is None else counted[..., None, :])
