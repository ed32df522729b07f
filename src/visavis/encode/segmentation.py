"""The network that tells who of up to three people speaks in windows of ten seconds of a mixed recording.

The form of pyannote's segmentation 3.0 (Plaquet and Bredin 2023, "Powerset multi-class cross entropy loss for neural
speaker diarization"): filters of sinc functions (Ravanelli and Bengio 2018), two convolutions, four layers of LSTM in
both directions, and the likelihoods of seven sets of up to two of three people. What ships was begun with its weights
(MIT) and trained further on simulated conversations.

Shapes: B windows, S samples at 16 kHz, K network frames (59 a second), T motion frames, L = 3 local people.
"""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from visavis.core.clock import FPS, SAMPLE_RATE

LOCAL_PEOPLE = 3
WINDOW = 10 * FPS
"""Motion frames of a window, all of which its every frame may look at."""
SETS = tuple(chosen for size in (0, 1, 2) for chosen in combinations(range(LOCAL_PEOPLE), size))
"""Who speaks in each of the seven sets."""
_STEP_S, _FIRST_S = 0.016875, 0.0619375 / 2
_SINC_TAPS, _LEAST_HZ, _RANGE_HZ = 251, 50.0, (30.0, 7900.0)
SPECTRA_WIDTH = 60


class SegmentationNetwork(nn.Module):
    """Sound (B, S) -> log-likelihoods (B, K, 7) of nobody, each one and each two of three people (`SETS`)."""

    def __init__(self) -> None:
        super().__init__()
        self.sincnet = _SincNet()
        self.lstm = nn.LSTM(SPECTRA_WIDTH, 128, 4, bidirectional=True, batch_first=True)
        self.linear = nn.ModuleList([nn.Linear(256, 128), nn.Linear(128, 128)])
        self.classifier = nn.Linear(128, len(SETS))

    def forward(self, sound: Tensor) -> Tensor:
        """(B, S) -> (B, K, 7)."""
        return self.sets(self.spectra(sound))

    def spectra(self, sound: Tensor) -> Tensor:
        """What the filters give: (B, S) -> (B, K, 60); no gain changes it."""
        filtered: Tensor = self.sincnet(sound[:, None])
        return filtered.transpose(1, 2)

    def sets(self, spectra: Tensor) -> Tensor:
        """What follows from it: (B, K, 60) -> (B, K, 7)."""
        heard, _ = self.lstm(spectra)
        for layer in self.linear:
            heard = F.leaky_relu(layer(heard))
        return F.log_softmax(self.classifier(heard), dim=-1)


class _Filters(nn.Module):
    """80 band-pass filters: windowed sinc functions of 40 bands (first even in mel), even and odd."""

    window_: Tensor
    n_: Tensor

    def __init__(self) -> None:
        super().__init__()
        lowest, highest = (2595 * math.log10(1 + hertz / 700) for hertz in _RANGE_HZ)
        mels = torch.linspace(lowest, highest, 41)
        edges = 700 * (10 ** (mels / 2595) - 1)
        self.low_hz_ = nn.Parameter(edges[:-1, None])
        self.band_hz_ = nn.Parameter(edges.diff()[:, None])
        half = _SINC_TAPS // 2
        self.register_buffer("window_", torch.hamming_window(_SINC_TAPS, periodic=False)[:half])
        self.register_buffer("n_", 2 * math.pi * torch.arange(-half, 0.0)[None] / SAMPLE_RATE)

    def forward(self) -> Tensor:
        """(80, 1, 251)."""
        low = _LEAST_HZ + self.low_hz_.abs()
        high = (low + _LEAST_HZ + self.band_hz_.abs()).clamp(_LEAST_HZ, SAMPLE_RATE / 2)
        lows, highs, band = low @ self.n_, high @ self.n_, high - low
        even = (highs.sin() - lows.sin()) / (self.n_ / 2) * self.window_
        odd = (lows.cos() - highs.cos()) / (self.n_ / 2) * self.window_
        centred = torch.cat([even, 2 * band, even.flip(1)], dim=1)
        turned = torch.cat([odd, 0 * band, -odd.flip(1)], dim=1)
        return (torch.cat([centred, turned]) / torch.cat([2 * band, 2 * band]))[:, None]


class _Filtered(nn.Module):
    """Named as the weights are."""

    def __init__(self) -> None:
        super().__init__()
        self.filterbank = _Filters()

    def forward(self, sound: Tensor) -> Tensor:
        filtered: Tensor = F.conv1d(sound, self.filterbank(), stride=10).abs()
        return filtered


class _SincNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.wav_norm1d = nn.InstanceNorm1d(1, affine=True)
        self.conv1d = nn.ModuleList([_Filtered(), nn.Conv1d(80, 60, 5), nn.Conv1d(60, 60, 5)])
        self.norm1d = nn.ModuleList([nn.InstanceNorm1d(width, affine=True) for width in (80, 60, 60)])

    def forward(self, sound: Tensor) -> Tensor:
        x: Tensor = self.wav_norm1d(sound)
        for convolution, norm in zip(self.conv1d, self.norm1d, strict=True):
            x = F.leaky_relu(norm(F.max_pool1d(convolution(x), 3)))
        return x


def people_of(sets: Tensor) -> Tensor:
    """The chance that each local person speaks (..., L), from log-likelihoods of sets (..., 7)."""
    return sets.exp() @ members().to(sets)


def members() -> Tensor:
    """Which of the three people are in each of the seven sets: (7, L)."""
    return torch.tensor([[float(person in chosen) for person in range(LOCAL_PEOPLE)] for chosen in SETS])


def times_of(count: int) -> np.ndarray:
    """When in a window the middles of K network frames are [s]."""
    return np.asarray(_FIRST_S + _STEP_S * np.arange(count))


def in_motion_frames(people: np.ndarray, frames: int = WINDOW) -> np.ndarray:
    """Chances of network frames (K, L) at the middles of motion frames (T, L), on straight lines between."""
    middles, times = (np.arange(frames) + 0.5) / FPS, times_of(len(people))
    return np.stack([np.interp(middles, times, column) for column in people.T], axis=1)


@torch.inference_mode()
def segmented(network: SegmentationNetwork, sound: np.ndarray) -> np.ndarray:
    """The chance that each of three people, in any order, speaks in windows (B, S) of sound: (B, T, L)."""
    people = people_of(network(torch.from_numpy(sound))).numpy()
    return np.stack([in_motion_frames(one) for one in people])
