"""The embedded speech encoder: causal log-mel features with running loudness normalisation.

Shapes: B conversations, S samples, T frames (25 a second), H hops (50 a second), M mel bands.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn

from visavis.core.bounds import Bounds, Decibels, Share, require_bounds
from visavis.core.clock import SAMPLE_RATE, SAMPLES_PER_FRAME
from visavis.core.errors import VisavisError

_HOP = 320
_WINDOW = 512
_QUIETEST = -1.0
_TRUST = 0.05
"""How much of its way to the running level the trusted one goes in a frame of active speech."""
_DISTRUST = 0.1
"""How much of its way back to near the trusted level the running one goes in a frame that is not active."""
_NEAR_DB = 6.0
"""How far the running level may stay above the trusted one: loud words of a voice."""
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

    `trusted` (B,): the level [dB] that speech has had for longer than a knock lasts.
    `past` (B, past_frames, 2 * bands): features of the frames before. `memory` (B, memories): the running means.
    """

    tail: Tensor
    level: Tensor
    trusted: Tensor
    past: Tensor
    memory: Tensor


class MelEncoder(nn.Module):
    """Sound (B, T * 640) -> features (B, T, 2 * bands * (1 + past_frames) + memories).

    Nothing after a frame's end is used for it.
    Every band is measured against a running level of the voice: it follows louder frames at once, softer
    ones of active speech slowly, and rests in silence, so that a recording's gain does not matter and
    no future sound is needed (the official whole-recording normalisation leaks the future). What was loud for a
    moment only, such as a knock, is forgotten as soon as it is over: else a soft voice would be silence beside it.
    """

    filters: Tensor
    window: Tensor
    rates: Tensor

    def __init__(self, config: MelConfig) -> None:
        super().__init__()
        self.config = config
        self.power: nn.Module = FourierPower()
        self.width = config.bands * _HOPS_PER_FRAME * (1 + config.past_frames) + config.memories
        self.register_buffer("filters", mel_filters(config), persistent=False)
        window = torch.hann_window(_WINDOW)
        self.register_buffer("window", window / window.square().sum().sqrt(), persistent=False)
        rates = _FASTEST_MEMORY / 2.0 ** torch.arange(config.memories)
        self.register_buffer("rates", rates, persistent=False)

    def init_state(self, batch: int) -> MelState:
        """The state before any sound."""
        tail = self.window.new_zeros(batch, _WINDOW - _HOP)
        past = tail.new_full((batch, self.config.past_frames, self.config.bands * _HOPS_PER_FRAME), _QUIETEST)
        memory = tail.new_full((batch, self.config.memories), _QUIETEST)
        level = tail.new_full((batch,), self.config.first_level_db)
        return MelState(tail, level, level, past, memory)

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
        power: Tensor = self.power(joined.unfold(-1, _WINDOW, _HOP) * self.window)
        with torch.autocast(sound.device.type, enabled=False):
            heard = power @ (self.filters if filters is None else filters)
        frames = sound.unflatten(-1, (-1, SAMPLES_PER_FRAME))
        loudness = _decades(frames.square().mean(-1))
        levels, level, trusted = self._follow(10 * loudness, state.level, state.trusted)
        rest = 1 - levels / 20
        mel = _relative_level(_decades(heard).unflatten(1, (-1, _HOPS_PER_FRAME)), rest[..., None, None]).flatten(2)
        memories, memory = self._remember(_relative_level(loudness, rest), state.memory)
        after = partial(MelState, tail=joined[:, sound.shape[-1] :], level=level, trusted=trusted, memory=memory)
        if not self.config.past_frames:
            return torch.cat([mel, memories], dim=-1), after(past=state.past)
        every, count = torch.cat([state.past, mel], dim=1), frames.shape[1]
        windows = [every[:, i : i + count] for i in range(1 + self.config.past_frames)]
        return torch.cat([*windows, memories], dim=-1), after(past=every[:, count:])

    def _follow(self, loudness: Tensor, level: Tensor, trusted: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The running levels (B, T) of loudness (B, T) [dB], the last of them, and the trusted one then."""
        config = self.config
        levels = []
        for now in loudness.unbind(1):
            above = now - level
            active = above > -config.active_range_db
            rate = torch.where(above > 0, config.attack, config.release)
            back = (_DISTRUST * (trusted + _NEAR_DB - level)).clamp_max(-config.leak_db)
            level = (level + torch.where(active, rate * above, back)).clamp_min(config.first_level_db)
            trusted = torch.where(active, trusted.lerp(level, _TRUST), torch.minimum(trusted, level))
            levels.append(level)
        return torch.stack(levels, dim=1), level, trusted

    def _remember(self, loudness: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Running means (B, T, memories) of the loudness (B, T), and the last of them."""
        means = []
        for now in loudness[..., None].unbind(1):
            memory = memory.lerp(now.expand_as(memory), self.rates)
            means.append(memory)
        return torch.stack(means, dim=1), memory


class FourierPower(nn.Module):
    """The power spectrum (..., 257) of windows of sound (..., 512), by the fast Fourier transform."""

    def forward(self, windows: Tensor) -> Tensor:
        """See the class."""
        real, imaginary = torch.view_as_real(torch.fft.rfft(windows)).unbind(-1)
        return torch.addcmul(real * real, imaginary, imaginary)


class ProductPower(nn.Module):
    """What `FourierPower` does, as one product, for runtimes without Fourier transforms."""

    waves: Tensor

    def __init__(self) -> None:
        super().__init__()
        places = torch.arange(_WINDOW)
        turns = torch.outer(places, torch.arange(_WINDOW // 2 + 1)) % _WINDOW
        angles = turns.double() * (2 * math.pi / _WINDOW)
        self.register_buffer("waves", torch.cat([angles.cos(), angles.sin()], dim=1).float(), persistent=False)

    def forward(self, windows: Tensor) -> Tensor:
        """See the class."""
        real, imaginary = (windows @ self.waves).chunk(2, dim=-1)
        return real * real + imaginary * imaginary


def _decades(power: Tensor) -> Tensor:
    """The level of a power relative to full scale, in units of 10 dB; -10 is the quietest that is told."""
    return (power + 1e-10).log10()


def _relative_level(decades: Tensor, rest: Tensor) -> Tensor:
    """A level, in units of 10 dB, relative to the voice's, as a feature: 1 at the voice's running level, 20 dB a unit,
    within [-1, 2]. `rest`: what stands for full scale on that scale.

    What lies lower is all the same silence, be it a room's or digital.
    """
    return torch.add(rest, decades, alpha=0.5).clamp(_QUIETEST, 2.0)


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
