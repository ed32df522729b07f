"""Voice activity detection by Silero VAD: a small network that knows speech from other sounds. The one door to it.

Shapes: B voices, S sound samples at 16 kHz, W windows of 512 samples, T frames at 25 fps. The weights (MIT licence)
come with the package `silero-vad`. They are read from its safetensors; the package is not imported, for it sets the
number of threads of the whole process, nor its TorchScript run, which holds another training of the same network.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from visavis.core.clock import SAMPLES_PER_FRAME, frames_in
from visavis.core.errors import VisavisError, missing_extra

WINDOW = 512
"""Samples that are judged together, 32 ms; five of them are four frames."""
_CONTEXT = 64
_WIDTH = 128
_BINS = 129
_START, _KEEP = 0.5, 0.35
LAG = 2
"""Frames by which beginnings and ends are told late, 80 ms: the network must hear before it is sure."""
_BLOCK = 1024
_WEIGHTS = Path("data") / "silero_vad_16k.safetensors"


@dataclass(frozen=True)
class SileroState:
    """What a voice's past leaves: `context` (B, 64) its last samples, `hidden` and `cell` (B, 128) of the LSTM."""

    context: Tensor
    hidden: Tensor
    cell: Tensor


class Silero(nn.Module):
    """Sound in windows -> the probability of speech in each, given the windows before it and none after."""

    def __init__(self) -> None:
        super().__init__()
        self.stft_conv = nn.Conv1d(1, 2 * _BINS, 256, stride=128, bias=False)
        self.conv1 = nn.Conv1d(_BINS, 128, 3, padding=1)
        self.conv2 = nn.Conv1d(128, 64, 3, stride=2, padding=1)
        self.conv3 = nn.Conv1d(64, 64, 3, stride=2, padding=1)
        self.conv4 = nn.Conv1d(64, _WIDTH, 3, padding=1)
        self.lstm_cell = nn.LSTMCell(_WIDTH, _WIDTH)
        self.final_conv = nn.Conv1d(_WIDTH, 1, 1)
        self.requires_grad_(False)

    def init_state(self, batch: int) -> SileroState:
        """The state before any sound."""
        nothing = self.stft_conv.weight.new_zeros(batch, _WIDTH)
        return SileroState(nothing[:, :_CONTEXT], nothing, nothing)

    def forward(self, sound: Tensor, state: SileroState) -> tuple[Tensor, SileroState]:
        """Whole windows of sound (B, W * 512) -> probabilities of speech (B, W), and the state after them."""
        windows = torch.cat([state.context, sound], dim=1).unfold(1, _CONTEXT + WINDOW, WINDOW)
        batch, count = windows.shape[:2]
        heard = self._features(windows.flatten(0, 1)).view(batch, count, _WIDTH)
        hidden, cell = state.hidden, state.cell
        passed = []
        for window in heard.unbind(1):
            hidden, cell = self.lstm_cell(window, (hidden, cell))
            passed.append(hidden)
        chances = self.final_conv(torch.stack(passed, dim=2).relu())[:, 0].sigmoid()
        return chances, SileroState(torch.cat([state.context, sound], dim=1)[:, -_CONTEXT:], hidden, cell)

    def _features(self, windows: Tensor) -> Tensor:
        spectrum = self.stft_conv(F.pad(windows, (0, 64), mode="reflect")[:, None])
        power = (spectrum[:, :_BINS] ** 2 + spectrum[:, _BINS:] ** 2).sqrt()
        features: Tensor = power
        for layer in (self.conv1, self.conv2, self.conv3, self.conv4):
            features = layer(features).relu()
        return features[..., 0]


@functools.cache
def load_silero() -> Silero:
    """The network with its published weights. Raises `VisavisError` where silero-vad is missing or has no such file."""
    spec = importlib.util.find_spec("silero_vad")
    if spec is None or not spec.submodule_search_locations:
        raise missing_extra("silero-vad", "states", "voice activity detection by silero")
    path = Path(spec.submodule_search_locations[0]) / _WEIGHTS
    network = Silero()
    try:
        network.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise VisavisError(
            f"silero-vad has no weights that can be read at {path}; install version 6.2 or later: "
            "pip install 'visavis[states]'"
        ) from error
    return network.eval()


def silero_activity(sound: np.ndarray) -> np.ndarray:
    """Where somebody speaks in a recording, by Silero VAD: (S,) -> (T,) bool.

    `speech_begun` put right by `LAG`: the two frames after a frame count for it, and no more. What is known live is
    `speech_begun(speech_probability(sound))`. Raises `VisavisError` where silero-vad is missing.
    """
    begun = speech_begun(speech_probability(sound))
    return np.asarray(np.pad(begun, (0, LAG), mode="edge")[LAG:]) if len(begun) else begun


def speech_probability(sound: np.ndarray) -> np.ndarray:
    """The probability of speech in each frame: (S,) -> (T,) float32, of the windows that end within the frame."""
    frames = frames_in(len(sound))
    network, chances = load_silero(), []
    state = network.init_state(1)
    with torch.inference_mode():
        for block in _blocks(np.asarray(sound[: frames * SAMPLES_PER_FRAME], np.float32)):
            some, state = network(block[None], state)
            chances.append(some[0])
    told = torch.cat(chances).numpy() if chances else np.zeros(0, np.float32)
    ends = np.arange(1, len(told) + 1) * WINDOW
    probability = np.zeros(frames, np.float32)
    inside = ends <= frames * SAMPLES_PER_FRAME
    np.maximum.at(probability, (ends[inside] - 1) // SAMPLES_PER_FRAME, told[inside])
    return probability


def speech_begun(probability: np.ndarray) -> np.ndarray:
    """Where speech has begun and not ended, (T,) float -> (T,) bool: from .5 on, until it is below .35."""
    begun = np.where(probability >= _START, 1, np.where(probability < _KEEP, 0, -1))
    last = np.maximum.accumulate(np.where(begun >= 0, np.arange(len(begun)), -1))
    return np.asarray(np.where(last >= 0, begun[last], 0) == 1)


def _blocks(sound: np.ndarray) -> Iterator[Tensor]:
    """The sound in pieces of whole windows, the last one filled with silence."""
    for start in range(0, len(sound), _BLOCK * WINDOW):
        piece = sound[start : start + _BLOCK * WINDOW]
        yield torch.from_numpy(np.pad(piece, (0, -len(piece) % WINDOW)))
