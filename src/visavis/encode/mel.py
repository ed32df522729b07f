"""The embedded speech encoder: causal log-mel features with running loudness normalisation.

Shapes: B conversations, S samples, T frames (25 a second), H hops (50 a second), M mel bands.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn

from visavis.core.bounds import Bounds, Decibels, Share, require_bounds
from visavis.core.clock import SAMPLE_RATE, SAMPLES_PER_FRAME
from visavis.core.errors import VisavisError

_HOP = 320
_WINDOW = 512
_QUIETEST = -1.0
_FASTEST_MEMORY = 0.25
_HOPS_PER_FRAME = SAMPLES_PER_FRAME // _HOP


Hertz = Annotated[float, Bounds(0, SAMPLE_RATE / 2)]
"""Up to the highest frequency that there is at 16 kHz."""


@dataclass(frozen=True)
class MelConfig:
    """Log-mel features: `bands` a hop, two hops a frame, of the frame and `past_frames` before it.

    Levels are in dB relative to full scale. `memories`: running means of the frame's loudness that are told too,
    each over twice as long as the one before (0.16 s, 0.32 s, ...): how long someone has been speaking or silent.
    """

    tag: ClassVar[str] = "mel"

    bands: Annotated[int, Bounds(1, 1024)] = 64
    low_hz: Hertz = 60.0
    high_hz: Hertz = 7600.0
    first_level_db: Decibels = -45.0
    attack: Share = 0.5
    release: Share = 0.01
    active_range_db: Annotated[float, Bounds(0, 200)] = 20.0
    leak_db: Annotated[float, Bounds(0, 200)] = 0.002
    past_frames: Annotated[int, Bounds(0, 1024)] = 0
    memories: Annotated[int, Bounds(0, 32)] = 0

    def __post_init__(self) -> None:
        require_bounds(self)
        if self.low_hz >= self.high_hz:
            raise VisavisError(f"low_hz {self.low_hz:g} is not below high_hz {self.high_hz:g}; set it lower")

    @property
    def frames_at_once(self) -> None:
        """Frames that are heard by themselves: none, any number may come."""
        return None


@dataclass(frozen=True)
class MelState:
    """`tail` (B, 192): the sound before the next hop. `level` (B,): the running speech level [dB].

    `past` (B, past_frames, 2 * bands): features of the frames before. `memory` (B, memories): the running means.
    """

    tail: Tensor
    level: Tensor
    past: Tensor
    memory: Tensor


class MelEncoder(nn.Module):
    """Sound (B, T * 640) -> features (B, T, 2 * bands * (1 + past_frames) + memories).

    Nothing after a frame's end is used for it.
    Every band is measured against a running level of the voice: it follows louder frames at once, softer
    ones of active speech slowly, and rests in silence, so that a recording's gain does not matter and
    no future sound is needed (the official whole-recording normalisation leaks the future).
    """

    filters: Tensor
    window: Tensor

    def __init__(self, config: MelConfig) -> None:
        super().__init__()
        self.config = config
        self.width = config.bands * _HOPS_PER_FRAME * (1 + config.past_frames) + config.memories
        self.register_buffer("filters", mel_filters(config), persistent=False)
        self.register_buffer("window", torch.hann_window(_WINDOW), persistent=False)

    def init_state(self, batch: int) -> MelState:
        """The state before any sound."""
        tail = self.window.new_zeros(batch, _WINDOW - _HOP)
        past = tail.new_full((batch, self.config.past_frames, self.config.bands * _HOPS_PER_FRAME), _QUIETEST)
        memory = tail.new_full((batch, self.config.memories), _QUIETEST)
        return MelState(tail, tail.new_full((batch,), self.config.first_level_db), past, memory)

    def prepared(self, recording: Tensor) -> Tensor:
        """A whole recording as it is: levels are followed as they come."""
        return recording

    def encode(self, sound: Tensor, state: MelState, filters: Tensor | None = None) -> tuple[Tensor, MelState]:
        """Features of whole frames of sound (B, T * 640), and the state after them.

        filters (B, 257, M): each conversation's own instead of the encoder's, as of `warped_filters`.
        """
        if sound.shape[-1] % SAMPLES_PER_FRAME:
            raise VisavisError(
                f"the speech encoder takes whole frames of {SAMPLES_PER_FRAME} samples; {sound.shape[-1]} were given"
            )
        joined = torch.cat([state.tail, sound], dim=-1)
        hops = joined.unfold(-1, _WINDOW, _HOP) * self.window
        power = torch.view_as_real(torch.fft.rfft(hops)).square().sum(-1) / self.window.square().sum()
        with torch.autocast(sound.device.type, enabled=False):
            mel_db = 10 * torch.log10(power @ (self.filters if filters is None else filters) + 1e-10)
        frames = sound.unflatten(-1, (-1, SAMPLES_PER_FRAME))
        loudness = 10 * torch.log10(frames.square().mean(-1) + 1e-10)
        levels, level = self._follow(loudness, state.level)
        hop_levels = levels.repeat_interleave(_HOPS_PER_FRAME, dim=1)
        mel = _relative_level(mel_db, hop_levels[..., None]).unflatten(1, (-1, _HOPS_PER_FRAME))
        every = torch.cat([state.past, mel.flatten(2)], dim=1)
        count = frames.shape[1]
        memories, memory = self._remember(_relative_level(loudness, levels), state.memory)
        windows = [every[:, i : i + count] for i in range(1 + self.config.past_frames)]
        features = torch.cat([*windows, memories], dim=-1)
        return features, MelState(joined[:, sound.shape[-1] :], level, every[:, count:], memory)

    def _follow(self, loudness: Tensor, level: Tensor) -> tuple[Tensor, Tensor]:
        config = self.config
        attack, release, leak = level.new_tensor([config.attack, config.release, -config.leak_db]).unbind()
        levels = []
        for now in loudness.unbind(1):
            above = now - level
            rate = torch.where(above > 0, attack, release)
            step = torch.where(above > -config.active_range_db, rate * above, leak)
            level = (level + step).clamp_min(config.first_level_db)
            levels.append(level)
        return torch.stack(levels, dim=1), level

    def _remember(self, loudness: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Running means (B, T, memories) of the loudness (B, T), and the last of them."""
        rates = _FASTEST_MEMORY / 2.0 ** torch.arange(self.config.memories, device=loudness.device)
        means = []
        for now in loudness.unbind(1):
            memory = memory.lerp(now[:, None].expand_as(memory), rates)
            means.append(memory)
        return torch.stack(means, dim=1), memory


def _relative_level(level_db: Tensor, voice_db: Tensor) -> Tensor:
    """A level relative to the voice's, as a feature: 1 at the voice's running level, 20 dB a unit, within [-1, 2].

    What lies lower is all the same silence, be it a room's or digital.
    """
    return ((level_db - voice_db) / 20 + 1).clamp(_QUIETEST, 2)


def mel_filters(config: MelConfig) -> Tensor:
    """Triangular filters (257, M), evenly spaced on the mel scale (HTK formula), each of unit sum."""

    def mel(hertz: float) -> float:
        return 2595 * math.log10(1 + hertz / 700)

    edges_mel = torch.linspace(mel(config.low_hz), mel(config.high_hz), config.bands + 2, dtype=torch.float64)
    edges = 700 * (10 ** (edges_mel / 2595) - 1)
    bins = torch.linspace(0, SAMPLE_RATE / 2, _WINDOW // 2 + 1, dtype=torch.float64)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    triangles = torch.minimum(rising, falling).clamp_min(0)
    return (triangles / triangles.sum(0).clamp_min(1e-9)).float()


def warped_filters(filters: Tensor, factors: Tensor) -> Tensor:
    """Filters (B, 257, M) that hear every voice as if its vocal tract were shorter by a factor (B,).

    Each frequency is heard where `factor` times it lies, up to 80 % of the band; the rest is stretched to fit (vocal
    tract length perturbation, Jaitly and Hinton 2013).
    """
    last = len(filters) - 1
    bins = torch.arange(last + 1, device=filters.device)
    factors = factors[:, None]
    knee = 0.8 * last / factors.clamp_min(1)
    places = torch.where(bins <= knee, bins * factors, last - (last - bins) * (last - knee * factors) / (last - knee))
    below = places.floor().clamp(0, last - 1)
    share = (places - below)[..., None]
    below = below.long()
    warped = filters[below] * (1 - share) + filters[below + 1] * share
    return warped / warped.sum(1, keepdim=True).clamp_min(1e-9)
