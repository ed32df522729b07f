"""The network that hears which of two people speaks, in windows of one mixed recording.

Shapes: B windows, S samples at 16 kHz, T frames (25 a second), M mel bands, W width, E numbers of an embedding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from visavis.core.bounds import Bounds, Size, require_bounds
from visavis.core.clock import FPS, SAMPLES_PER_FRAME, samples_in
from visavis.core.errors import VisavisError
from visavis.encode.mel import MelConfig, mel_filters

PEOPLE = 2
_HOPS = 2
_HOP = SAMPLES_PER_FRAME // _HOPS
_STFT = 512
_FAINTEST_DB = -70.0
_RANGE = 2.5
_CLOCK_PERIODS_S = (40.0, 20.0, 10.0)


@dataclass(frozen=True)
class SpeakersConfig:
    """frames: length of a window, all of which its every frame may look at (10 s: the network's look-ahead). width: of
    its layers. dilations: reach of the three-frame convolutions of its middle layers, which work at half the rate and
    attend to the whole window with so many `heads`. embedding: numbers that tell one voice from another.
    """

    mel: MelConfig = field(default_factory=lambda: MelConfig(bands=80))
    frames: Size = 10 * FPS
    width: Annotated[int, Bounds(8, 1024)] = 96
    dilations: tuple[Size, ...] = (1, 2, 4)
    heads: Size = 4
    embedding: Annotated[int, Bounds(2, 512)] = 64

    def __post_init__(self) -> None:
        require_bounds(self)
        if self.frames % 2:
            raise VisavisError(f"a window of {self.frames} frames cannot be halved; give an even number, such as 250")
        if self.width % self.heads:
            raise VisavisError(f"width {self.width} is not a multiple of {self.heads} heads; choose 96 and 4")


@dataclass(frozen=True)
class Heard:
    """What was heard in windows: `logits` (B, T, 2) of speaking, for two people in any order, and `voices` (B, T, E),
    unit vectors that are alike where the same person speaks, in any window."""

    logits: Tensor
    voices: Tensor


class WindowSpectra(nn.Module):
    """Sound of windows (B, T * 640) -> features (B, T, 2 * M + 2) that no gain changes, two hops a frame.

    Log-mel spectra relative to their mean over the window, and how loud the hops are beside the loud part of it (20 dB
    a unit; what lies below -70 dB of full scale is never loud).
    """

    filters: Tensor
    window: Tensor

    def __init__(self, config: MelConfig) -> None:
        super().__init__()
        self.width = _HOPS * (config.bands + 1)
        self.register_buffer("filters", mel_filters(config), persistent=False)
        self.register_buffer("window", torch.hann_window(_STFT), persistent=False)

    def forward(self, sound: Tensor) -> Tensor:
        """(B, T * 640) -> (B, T, 2 * M + 2), in float32 wherever it is asked for."""
        with torch.autocast(sound.device.type, enabled=False):
            return self._features(sound)

    def _features(self, sound: Tensor) -> Tensor:
        padded = F.pad(sound, ((_STFT - _HOP) // 2, (_STFT - _HOP) // 2))
        spectrum = torch.view_as_real(torch.fft.rfft(padded.unfold(-1, _STFT, _HOP) * self.window))
        heard = spectrum.square().sum(-1) @ self.filters / self.window.square().sum()
        power = heard.mean(-1)
        loud = power.square().sum(1) / power.sum(1).clamp_min(1e-20)
        rest = loud.clamp_min(10 ** (_FAINTEST_DB / 10)).log10()[:, None]
        spectra, levels = _relative(heard, rest[..., None]), _relative(power, rest)
        spectra = spectra - spectra.mean(1, keepdim=True)
        return torch.cat([spectra.unflatten(1, (-1, _HOPS)).flatten(2), levels.unflatten(1, (-1, _HOPS))], dim=-1)


class SpeakerNetwork(nn.Module):
    """Features of windows (B, T, F) -> who of two people speaks, and what their voices are like.

    Every window is heard by itself and as a whole, so that its frames look ahead up to its end.
    """

    def __init__(self, config: SpeakersConfig) -> None:
        super().__init__()
        self.config = config
        self.spectra = WindowSpectra(config.mel)
        width = config.width
        self.first = nn.Linear(self.spectra.width + 2 * len(_CLOCK_PERIODS_S), width)
        self.fine = Layer(width, 1, 0)
        self.halve = nn.Linear(2 * width, width)
        self.middle = nn.Sequential(*(Layer(width, dilation, config.heads) for dilation in config.dilations))
        self.last = Layer(width, 1, 0)
        self.norm = nn.LayerNorm(width)
        self.speaking = nn.Linear(width, PEOPLE)
        self.voice = nn.Linear(width, config.embedding)

    def forward(self, features: Tensor) -> Heard:
        """What is heard in windows of features (B, T, F)."""
        x = self.fine(self.first(torch.cat([features, self._clock(features)], dim=-1)))
        half = self.middle(self.halve(x.unflatten(1, (-1, 2)).flatten(2)))
        x = self.norm(self.last(x + half.repeat_interleave(2, dim=1)))
        return Heard(self.speaking(x), F.normalize(self.voice(x).float(), dim=-1))

    def _clock(self, features: Tensor) -> Tensor:
        """Where a frame lies in the window, as phases of slow waves (B, T, 6): who spoke first can be told."""
        time = torch.arange(features.shape[1], device=features.device) / FPS
        waves = [
            function(2 * math.pi * time / period) for period in _CLOCK_PERIODS_S for function in (torch.sin, torch.cos)
        ]
        return torch.stack(waves, dim=-1).to(features).expand(len(features), -1, -1)


class Layer(nn.Module):
    """A residual layer: three frames a dilation apart, then (with heads) all frames, then each frame by itself."""

    def __init__(self, width: int, dilation: int, heads: int) -> None:
        super().__init__()
        self.dilation, self.heads = dilation, heads
        self.norm = nn.LayerNorm(width)
        self.mix = nn.Linear(3 * width, width)
        if heads:
            self.attention_norm = nn.LayerNorm(width)
            self.queries = nn.Linear(width, 3 * width)
            self.attended = nn.Linear(width, width)
        self.own_norm = nn.LayerNorm(width)
        self.wide = nn.Linear(width, 2 * width)
        self.narrow = nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, W) -> (B, T, W)."""
        frames, reach = x.shape[1], self.dilation
        around = F.pad(self.norm(x), (0, 0, reach, reach))
        three = [around[:, start : start + frames] for start in (0, reach, 2 * reach)]
        x = x + F.relu(self.mix(torch.cat(three, dim=-1)))
        if self.heads:
            split = self.queries(self.attention_norm(x)).unflatten(-1, (3, self.heads, -1))
            query, key, value = split.permute(2, 0, 3, 1, 4)
            x = x + self.attended(F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2))
        further: Tensor = x + self.narrow(F.relu(self.wide(self.own_norm(x))))
        return further


def _relative(power: Tensor, rest: Tensor) -> Tensor:
    """Powers beside the loud ones, whose level is `rest` [10 dB]; in 20 dB a unit, within 50 dB."""
    return ((power.clamp_min(1e-14).log10() - rest) / 2).clamp(-_RANGE, _RANGE)


def window_samples(config: SpeakersConfig) -> int:
    """Samples of a window."""
    return samples_in(config.frames)


def voice_of(voices: Tensor, weights: Tensor) -> Tensor:
    """One unit vector for each person (..., P, E), of those of frames (..., T, E) by weights of frames (..., T, P)."""
    return F.normalize(weights.transpose(-1, -2) @ voices, dim=-1)
