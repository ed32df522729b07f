"""ARIG: what the network computes (arXiv 2507.00472). One frame T of the agent, from the frames before it.

    voices, motion up to T-1     embedded; sound and motion of a person and frame are merged into one behaviour
    last c behaviours of both    one summary (`short_range`)
    summaries of the past        context token (`long_range`)
    who speaks, context          state of the conversation (`states`)
    all of it, sound of T        condition z (`progressive`) of a diffusion head

What `additions` switches on is ours.

Shapes: B conversations, T frames, E speech features, D motion channels, C width, h frames of history, c frames of a
chunk, a frames of look-ahead (0 in the paper); R = B T rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from visavis.core.bounds import Depth, OptionalSize, Size, require_bounds
from visavis.core.errors import VisavisError
from visavis.core.protocols import Network, Predict
from visavis.layers.correlated_noise import CorrelatedNoise
from visavis.layers.denoiser import Denoiser
from visavis.layers.standard import Standardised
from visavis.models.arig.additions import ArigAdditions
from visavis.models.arig.codebook import Codebook
from visavis.models.arig.long_range import LongRange
from visavis.models.arig.progressive import ProgressiveMotion
from visavis.models.arig.short_range import LinearShortRange, ShortRange
from visavis.models.arig.states import StateUnderstanding, VoiceActivity
from visavis.sampling.categorical import Choice
from visavis.sampling.config import DenoisingConfig
from visavis.sampling.denoising import DenoisingTask
from visavis.sampling.mean_velocity import MeanVelocity

_SIZE_RANGE = 2.5


@dataclass(frozen=True)
class ArigConfig:
    """Sizes; the paper's by default, and where it is silent ours (heads, integrated_depth, context_depth).

    width: of all features. feedforward: inner width of the MLPs. history: frames of voices and own motion that are kept
    (h). chunk: frames of a chunk (c). capacity: chunks of the context cache, the current one included (w).
    bidirectional_depth, integrated_depth, context_depth: blocks. coarse_sounds: the agent's newest frames of sound that
    the outline of a motion is made from; last_motions: own motions that it shall go on from. head_width: of the
    diffusion head (0: as many as the motion space has channels), head_depth: its blocks. denoises: what it predicts.
    learning: how both people's behaviours become a summary. The paper's ablations: "linear" `learning`, one layer; no
    `states`; no `user_motion`; a `codebook` of so many entries, from which a frame is chosen instead of drawn by
    diffusion (0: none); and `capacity` 4. additions: what is ours; one of them says otherwise what the head predicts.
    """

    tag: ClassVar[str] = "arig"

    width: Size = 512
    heads: Depth = 8
    feedforward: Size = 2048
    history: Size = 6
    chunk: Size = 6
    capacity: Size = 512
    bidirectional_depth: Depth = 2
    integrated_depth: Depth = 1
    context_depth: Depth = 4
    coarse_sounds: Size = 3
    last_motions: Size = 5
    head_width: OptionalSize = 0
    head_depth: Depth = 3
    denoises: DenoisingConfig = field(default_factory=lambda: DenoisingConfig("cosine-log-snr-8", "epsilon"))
    learning: Literal["bidirectional-integrated", "linear"] = "bidirectional-integrated"
    states: bool = True
    user_motion: bool = True
    codebook: OptionalSize = 0
    additions: ArigAdditions = field(default_factory=ArigAdditions)

    def __post_init__(self) -> None:
        require_bounds(self)
        if self.width % (2 * self.heads):
            raise VisavisError(f"width {self.width} must be a multiple of twice the heads, {2 * self.heads}")
        ours = self.additions
        if self.codebook and (ours.mean_head or ours.noise_lags or ours.mean_velocity):
            raise VisavisError(
                "a codebook holds motion itself; leave mean_head, noise_lags and mean_velocity out, or codebook at 0"
            )
        for name, frames in (("coarse_sounds", self.coarse_sounds), ("last_motions", self.last_motions)):
            if frames > self.history:
                raise VisavisError(f"{name} {frames} reach back further than history {self.history}; set it higher")

    @property
    def denoising(self) -> DenoisingTask | MeanVelocity | Choice:
        """What the head was trained to predict."""
        if self.codebook:
            return Choice()
        return MeanVelocity() if self.additions.mean_velocity else self.denoises.denoising


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What is known when frame T is drawn, embedded, for any number of frames: (B, T, ...).

    agent_heard: the agent's voice over [T - h, T + a] (h + 1 + a, C). user_heard: the user's over [T - h, T - 1]
    (h, C). moved: own motion over [T - h, T - 1] (h, C); None where it is not seen. behaviours: of agent and user over
    [T - c, T - 1] (2, c, C).
    """

    agent_heard: Tensor
    user_heard: Tensor
    moved: Tensor | None
    behaviours: Tensor

    @property
    def rows(self) -> Surroundings:
        """The same as rows (R, ...)."""
        moved = None if self.moved is None else self.moved.flatten(0, 1)
        heard, user = self.agent_heard.flatten(0, 1), self.user_heard.flatten(0, 1)
        return Surroundings(heard, user, moved, self.behaviours.flatten(0, 1))


@dataclass(frozen=True, eq=False)
class Understood:
    """Of each row: what shall be done (R, C), before past motion is asked; logits of the states (R, 7), None where they
    are not understood; and those of who is `speaking`, as of `Arig.who_speaks`, empty there."""

    intended: Tensor
    states: Tensor | None
    speaking: tuple[Tensor, ...] = ()


class Arig(Standardised):
    """The parts in the order in which they are asked: `audio`, `motion`, `behaviour`; `short_range`, `long_range`;
    `understand`, `condition`; `expected`, `network`."""

    def __init__(self, config: ArigConfig, features: int, channels: int) -> None:
        super().__init__(channels)
        self.config = config
        width, heads, hidden = config.width, config.heads, config.feedforward
        self.audio = nn.Linear(features, width)
        self.motion = nn.Linear(channels, width)
        self.unseen = nn.Parameter(0.02 * torch.randn(width))
        self.merge = nn.Sequential(nn.Linear(2 * width, hidden), nn.GELU(), nn.Linear(hidden, width))
        self.short_range = (
            LinearShortRange(width, config.chunk)
            if config.learning == "linear"
            else ShortRange(width, heads, hidden, config.chunk, config.bidirectional_depth, config.integrated_depth)
        )
        self.long_range = LongRange(width, heads, hidden, config.context_depth, config.chunk, config.capacity)
        self.activity = VoiceActivity(width, config.history) if config.states else None
        self.understanding = StateUnderstanding(width, heads) if config.states else None
        additions = config.additions
        self.progressive = ProgressiveMotion(width, heads, hidden, config.coarse_sounds, config.last_motions)
        self.head: nn.Module = (
            Codebook(width, channels, config.codebook)
            if config.codebook
            else Denoiser(
                channels,
                channels,
                width,
                config.head_width or channels,
                config.head_depth,
                times=2 if additions.mean_velocity else 1,
            )
        )
        self.expected = MeanHead(width, config.coarse_sounds, channels) if additions.mean_head else None
        self.noise = CorrelatedNoise(channels, additions.noise_lags) if additions.noise_lags else None
        self.user_place = nn.Parameter(0.02 * torch.randn(config.chunk, width)) if additions.ask_user else None
        self.told_noise = nn.Linear(1, width) if additions.told_noise else None

    def seen_motion(self, motion: Tensor, seen: Tensor) -> Tensor:
        """The user's normalised motion (..., D) embedded, and "unseen" where it is not `seen` (...) bool."""
        return torch.where(seen[..., None], self.motion(motion), self.unseen)

    def own_motion(self, motion: Tensor, deviation: Tensor) -> Tensor:
        """Own normalised motion (..., D) embedded; the deviation of the noise on it (..., 1) is told, where it is."""
        embedded: Tensor = self.motion(motion)
        return embedded if self.told_noise is None else embedded + self.told_noise(deviation)

    def behaviour(self, heard: Tensor, moved: Tensor) -> Tensor:
        """Sound and motion of one person in one frame, embedded (..., C) -> their behaviour (..., C)."""
        merged: Tensor = self.merge(torch.cat([heard, moved], dim=-1))
        return merged

    def unseen_like(self, embedded: Tensor) -> Tensor:
        """What stands for motion that is not seen, in the shape of what is embedded (..., C)."""
        return self.unseen.to(embedded.dtype).expand_as(embedded)

    def summary(self, rows: Surroundings) -> Tensor:
        """What both have just done (R, C)."""
        made: Tensor = self.short_range(rows.behaviours, rows.agent_heard[:, -1])
        return made

    def understand(self, rows: Surroundings, state_before: Tensor, context: Tensor) -> Understood:
        """Rows (R, ...), the state of the frame before (R,) and the context token (R, C) -> what follows from them.

        Whether somebody speaks is taken as yes or no, as a voice activity detector says it.
        """
        asking = context if rows.moved is None else rows.moved[:, -1]
        told = [context]
        if self.user_place is not None:
            told += (rows.behaviours[:, 1] + self.user_place).unbind(1)
        if self.understanding is None:
            return Understood(self.progressive.refined(asking, rows.agent_heard, *told), None)
        speaking = self.who_speaks(rows)
        agent_speaks, user_speaks = (logits > 0 for logits in speaking)
        state = self.understanding(state_before, agent_speaks, user_speaks, context)
        intended = self.progressive.refined(asking, rows.agent_heard, state, *told)
        return Understood(intended, self.understanding.logits(state), speaking)

    def who_speaks(self, rows: Surroundings) -> tuple[Tensor, Tensor]:
        """Logits (R,) of whether the agent speaks in frame T, and the user in frame T - 1."""
        if self.activity is None:
            raise VisavisError("this model does not tell who speaks; build it with states")
        heard = torch.cat([rows.agent_heard[:, -self.config.history :], rows.user_heard])
        agent, user = self.activity(heard).unflatten(0, (2, -1)).unbind()
        return agent, user

    def condition(self, intended: Tensor, last: Tensor) -> Tensor:
        """z (R, C), from what shall be done (R, C) and the last motions (R, m, C): those drawn, or those intended."""
        z: Tensor = self.progressive(intended, last)
        return z

    def network(self, z: Tensor) -> Network:
        """The head, told its condition z (R, C)."""

        head: Any = self.head

        def told(times: Tensor) -> Predict:
            if isinstance(head, Codebook):
                return lambda *_: head(z)
            modulations = head.precompute(times, z)
            return lambda x, step: head.at(x, modulations[step])

        return told


class MeanHead(nn.Module):
    """The mean of the next frame, and how far from it motion usually lies, from z and the agent's newest sounds.

    Sounds have a way of their own to the mean: lips follow them at once.
    """

    def __init__(self, width: int, sounds: int, channels: int) -> None:
        super().__init__()
        self.sounds = sounds
        self.from_z = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, channels))
        self.from_sounds = nn.Linear(sounds * width, channels)
        self.size = nn.Linear(width, channels)
        nn.init.zeros_(self.size.weight)
        nn.init.zeros_(self.size.bias)

    def forward(self, z: Tensor, heard: Tensor) -> Tensor:
        """Normalised motion (R, D), from z (R, C) and the agent's voice (R, k or more, C)."""
        newest = heard[:, -self.sounds :].flatten(1)
        mean: Tensor = self.from_z(z).float() + self.from_sounds(newest).float()
        return mean

    def log_sizes(self, z: Tensor) -> Tensor:
        """Log of the deviation of motion from its mean (R, D)."""
        return _SIZE_RANGE * torch.tanh(self.size(z).float() / _SIZE_RANGE)


def windows(frames: Tensor, count: int) -> Tensor:
    """For each frame of (B, T, C) the `count` up to it (B, T, count, C); the first is repeated before the beginning."""
    before = frames[:, :1].expand(-1, count - 1, -1)
    return torch.cat([before, frames], dim=1).unfold(1, count, 1).transpose(2, 3)
