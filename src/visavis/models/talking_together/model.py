"""Talking Together: what the network computes (arXiv 2603.08674, spec). Both people's motion over a window.

    speech of the mix, roles and activity of both, both first places    condition c, frame by frame
    noisy motion of each person, and c beside it                        enters the U-Net
    c and the process time                                              FiLM in every sub-block
    one U-Net for both people                                           cross-attention at each level of its decoder
    motion of each person                                               predicted without noise (x0)

Everything of a person's own comes first and the partner's second, so exchanged people are exchanged motion, exactly.

Shapes: B conversations, P = 2 people, T frames, E speech features, D motion channels, K told of a person and frame,
C width; R = B P rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor, nn

from visavis.core.bounds import Depth, OptionalSize, Size, require_bounds
from visavis.core.errors import VisavisError
from visavis.core.protocols import Network, Predict
from visavis.core.spaces import MotionSpace
from visavis.layers.denoiser import TimeEmbedding
from visavis.layers.standard import Standardised
from visavis.layers.temporal import TemporalConvolution
from visavis.layers.unet import UNet, UNetScales, existing
from visavis.layers.windowed_attention import WindowedCrossAttention
from visavis.models.talking_together.additions import TogetherAdditions
from visavis.sampling.config import DenoisingConfig
from visavis.sampling.denoising import DenoisingTask

PEOPLE = ("first", "second")
PLACE = 3
"""Numbers of a place [m]."""


@dataclass(frozen=True)
class TogetherConfig:
    """Sizes; the paper's by default, and where it is silent ours (overlap, role_width, cross_window).

    window: frames that are drawn together; overlap: those that it shares with the window before, at most half. width:
    of the U-Net; levels: its main blocks, each but the first at half the frame rate of the one before and with
    self-attention; blocks: sub-blocks of each; heads: of all attention. role_width: of the role embeddings.
    cross_window: how many frames before and after its own each person asks the other's (0: the same frame alone, as we
    read the paper; None: all). denoises: what the network predicts.

    The paper's ablations: no `roles`: nobody is told who speaks, neither by embeddings nor by masks (which tell the
    same); no `cross_attention`; not `together`: one person at a time, of whom the other's motion, role and activity
    are not told. additions: what is ours.
    """

    tag: ClassVar[str] = "talking-together"

    window: Size = 250
    overlap: OptionalSize = 50
    width: Size = 512
    levels: Depth = 2
    blocks: Depth = 2
    heads: Depth = 8
    role_width: Size = 64
    cross_window: OptionalSize | None = 0
    denoises: DenoisingConfig = field(default_factory=lambda: DenoisingConfig("cosine-log-snr", "x0"))
    roles: bool = True
    cross_attention: bool = True
    together: bool = True
    additions: TogetherAdditions = field(default_factory=TogetherAdditions)

    def __post_init__(self) -> None:
        require_bounds(self)
        if self.width % (2 * self.heads):
            raise VisavisError(f"width {self.width} must be a multiple of twice the heads, {2 * self.heads}")
        if 2 * self.overlap > self.window:
            raise VisavisError(f"an overlap of {self.overlap} frames is more than half of a window of {self.window}")
        for name, frames in (("window", self.window), ("overlap", self.overlap)):
            if frames % 2 ** (self.levels - 1):
                raise VisavisError(
                    f"a {name} of {frames} frames cannot be halved {self.levels - 1} times; "
                    f"give a multiple of {2 ** (self.levels - 1)}"
                )
        if self.additions.own_voice and not self.roles:
            raise VisavisError(
                "a model without roles is not told who speaks, so nobody has a voice of their own in it; set "
                "model.roles to true or model.additions.own_voice to false"
            )
        if self.denoises.parameterisation != "x0" or self.denoises.learned_variance:
            raise VisavisError(
                "the network predicts x0, of which gaze and velocity are made, and no variance; set "
                "model.denoises.parameterisation to 'x0' and learned_variance to false"
            )

    @property
    def denoising(self) -> DenoisingTask:
        """What the network was trained to predict."""
        return self.denoises.denoising

    @property
    def meets(self) -> bool:
        """Whether the two people's motions reach each other."""
        return self.together and self.cross_attention


@dataclass(frozen=True, eq=False)
class Told:
    """What is told of each person in each frame: `condition` (B, P, T, K), and motion `shown` (B, P, T, D), normalised,
    where it is known beforehand (`where` (B, P, T) bool); None: nowhere. exists: (B, T) bool, false before the
    recording's beginning; None: nothing lies there. unseen: (D,) bool, channels of noisy motion that are not seen
    (`TogetherAdditions.unseen_lips`); None: all are."""

    condition: Tensor
    shown: Tensor | None = None
    where: Tensor | None = None
    exists: Tensor | None = None
    unseen: Tensor | None = None


@dataclass(frozen=True, eq=False)
class _Entered:
    """What the condition makes of the network's input (R, T, C) and of all its sub-blocks; which frames exist, which
    channels are not seen."""

    features: Tensor
    scales: UNetScales
    exists: Tensor | None
    unseen: Tensor | None


class TalkingTogether(Standardised):
    """The parts in the order in which they are asked: `told`, then `network` or `forward`."""

    def __init__(self, config: TogetherConfig, features: int, channels: int) -> None:
        super().__init__(channels)
        self.config = config
        width = config.width
        self.audio = nn.Linear(features, width)
        self.unheard = nn.Parameter(0.02 * torch.randn(width))
        self.own_voice = nn.Linear(features, width, bias=False) if config.additions.own_voice else None
        self.roles = nn.Parameter(torch.randn(2, config.role_width)) if config.roles else None
        """Of somebody who speaks, and of somebody who listens."""
        told = (1 + config.additions.own_voice) * width + self._activity_width() + len(PEOPLE) * PLACE
        self.enter_motion = TemporalConvolution(channels, width)
        self.enter_condition = TemporalConvolution(told, width)
        self.enter_shown = TemporalConvolution(channels + 1, width) if config.additions.shown_past else None
        self.embed = nn.Sequential(nn.Linear(told, width), nn.SiLU(), nn.Linear(width, width))
        self.time = TimeEmbedding(width)
        self.unet = UNet(width, width, config.levels, config.blocks, config.heads)
        self.exchange = nn.ModuleList(
            WindowedCrossAttention(width, config.heads, config.cross_window)
            for _ in range(config.levels if config.meets else 0)
        )
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.leave = TemporalConvolution(width, channels)

    def _activity_width(self) -> int:
        people = len(PEOPLE) if self.config.together else 1
        return people * (1 + self.config.role_width) if self.config.roles else 0

    def unseen(self, space: MotionSpace) -> Tensor | None:
        """Which channels (D,) bool of noisy motion in a space this model does not see; None: all are seen."""
        if not self.config.additions.unseen_lips:
            return None
        spoken = torch.zeros(space.width, dtype=torch.bool)
        spoken[list(space.spoken)] = True
        return spoken

    def told(self, heard: Tensor, masks: Tensor, places: Tensor, audible: Tensor | None = None) -> Tensor:
        """Condition (B, P, T, K) from speech features (B, T, E), masks (B, T, P) in [0, 1] and places (B, P, T, 6) [m]
        of oneself and the partner, as `Room` tells them. audible: (B,) bool, where the recording is heard at all (None:
        everywhere)."""
        audio = self.audio(heard)
        if audible is not None:
            audio = torch.where(audible[:, None, None], audio, self.unheard.to(audio.dtype))
        people = len(PEOPLE)
        parts = [audio[:, None].expand(-1, people, -1, -1), places]
        own = masks.transpose(1, 2)[..., None]
        if self.own_voice is not None:
            voice = self.own_voice(heard)[:, None] * own
            parts.append(voice if audible is None else voice * audible[:, None, None, None])
        if self.roles is not None:
            role = torch.cat([interpolated(self.roles, own), own], dim=-1)
            parts.append(role)
            if self.config.together:
                parts.append(role.flip(1))
        return torch.cat([part.to(audio.dtype) for part in parts], dim=-1)

    def forward(self, x: Tensor, time: Tensor, told: Told) -> Tensor:
        """Noisy motion (B, P, T, D) at process times (B,), 0..999 -> motion without noise (B, P, T, D)."""
        times = time.repeat_interleave(len(PEOPLE))
        return self._at(x, self.unet.time_scales(self.time(times)[:, None]), self._entered(told))

    def network(self, told: Told) -> Network:
        """The network, told its condition once for all process times of a draw."""
        entered = self._entered(told)

        def at_times(times: Tensor) -> Predict:
            scales = [self.unet.time_scales(time[None, None]) for time in self.time(times)]
            return lambda x, step: self._at(x, scales[step], entered)

        return at_times

    def _entered(self, told: Told) -> _Entered:
        condition = told.condition.flatten(0, 1)
        exists = None if told.exists is None else told.exists.repeat_interleave(len(PEOPLE), 0)
        features = self.enter_condition(existing(condition, exists))
        if self.enter_shown is not None:
            features = features + self.enter_shown(self._shown(told).flatten(0, 1))
        return _Entered(features, self.unet.frame_scales(self.embed(condition)), exists, told.unseen)

    def _shown(self, told: Told) -> Tensor:
        """Motion that is known beforehand, 0 elsewhere, and where it is (B, P, T, D + 1)."""
        if told.shown is None or told.where is None:
            return told.condition.new_zeros(*told.condition.shape[:3], self.channels + 1)
        where = told.where[..., None].to(told.shown)
        return torch.cat([told.shown * where, where], dim=-1)

    def _at(self, x: Tensor, times: UNetScales, entered: _Entered) -> Tensor:
        exists = entered.exists

        def exchanged(level: int, features: Tensor) -> Tensor:
            """Features (R, T', C) after each person has asked the other."""
            if not len(self.exchange):
                return features
            partner = features.unflatten(0, (-1, len(PEOPLE))).flip(1).flatten(0, 1)
            there = None if exists is None else exists[:, :: 2**level]
            changed: Tensor = self.exchange[level](features, partner, 2**level, there)
            return changed

        seen = x if entered.unseen is None else x.masked_fill(entered.unseen.to(x.device), 0.0)
        features = self.enter_motion(existing(seen.flatten(0, 1), exists)) + entered.features
        features = self.unet(features, entered.scales.plus(times), exchanged, exists)
        out: Tensor = self.leave(existing(self.norm(features), exists)).unflatten(0, x.shape[:2])
        return out


def interpolated(roles: Tensor, activity: Tensor) -> Tensor:
    """Role embeddings (..., R) of somebody who speaks with this activity (..., 1): between those of speaking and
    listening, `roles` (2, R)."""
    return activity * roles[0] + (1 - activity) * roles[1]
