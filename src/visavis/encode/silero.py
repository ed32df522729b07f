"""Voice activity detection by Silero VAD: a small network that knows speech from other sounds. The one door to it.

Shapes: B voices, S sound samples at 16 kHz, W windows of 512 samples, T frames at 25 fps. The weights (MIT licence)
come with the package `silero-vad`. They are read from its safetensors; the package is not imported, for it sets the
number of threads of the whole process, nor its TorchScript run, which holds another training of the same network.
"""

from __future__ import annotations

import functools
import importlib.util
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from visavis.core.clock import SAMPLES_PER_FRAME, frames_in, samples_in
from visavis.core.errors import VisavisError, missing_extra
from visavis.core.threads import threads_for

WINDOW = 512
"""Samples that are judged together, 32 ms; five of them are four frames."""
_CONTEXT = 64
_WIDTH = 128
_BINS = 129
_PRODUCTS = 680_000
"""Of numbers, in a window: what it takes (`threads_for`)."""
_START, _KEEP = 0.5, 0.35
LAG = 2
"""Frames by which beginnings and ends are told late, 80 ms: the network must hear before it is sure."""
_BLOCK = 800
"""Frames of a recording that are heard at a time."""
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


@dataclass(frozen=True, eq=False)
class Hearing:
    """What one voice's past leaves: of the network, and its last samples that fill no window yet, 511 at most."""

    network: SileroState
    rest: np.ndarray


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
    `speech_begun` of `hear`. Raises `VisavisError` where silero-vad is missing.
    """
    begun = speech_begun(speech_probability(sound))
    return np.asarray(np.pad(begun, (0, LAG), mode="edge")[LAG:]) if len(begun) else begun


def speech_probability(sound: np.ndarray) -> np.ndarray:
    """The probability of speech in each frame of a recording: (S,) -> (T,) float32, as `hear` tells it."""
    state, chances = init_hearing(), [np.zeros(0, np.float32)]
    whole = np.asarray(sound[: samples_in(frames_in(len(sound)))], np.float32)
    for start in range(0, len(whole), samples_in(_BLOCK)):
        some, state = hear(whole[start : start + samples_in(_BLOCK)], state)
        chances.append(some)
    return np.concatenate(chances)


def init_hearing() -> Hearing:
    """The state before any sound. Raises `VisavisError` where silero-vad is missing."""
    return Hearing(load_silero().init_state(1), np.zeros(0, np.float32))


def hear(sound: np.ndarray, state: Hearing) -> tuple[np.ndarray, Hearing]:
    """The probability of speech in the next frames of one voice: (T * 640,) -> (T,) float32, and the state after them.

    Of a frame the windows count that end in it, of which there is one or two; any chunks of frames give the same.
    """
    pending = np.concatenate([state.rest, np.asarray(sound, np.float32)])
    judged = len(pending) // WINDOW * WINDOW
    chances = np.zeros(frames_in(len(sound)), np.float32)
    if judged == 0:
        return chances, replace(state, rest=pending)
    with torch.inference_mode(), threads_for(judged // WINDOW * _PRODUCTS):
        told, network = load_silero()(torch.from_numpy(pending[:judged])[None], state.network)
    ends = np.arange(WINDOW, judged + 1, WINDOW) - len(state.rest)
    np.maximum.at(chances, (ends - 1) // SAMPLES_PER_FRAME, told[0].numpy())
    return chances, Hearing(network, pending[judged:])


def speech_begun(probability: np.ndarray, *, before: bool = False) -> np.ndarray:
    """Where speech has begun and not ended, (T,) float -> (T,) bool: from .5 on, until it is below .35.

    before: whether speech had begun before the first frame.
    """
    begun = np.where(probability >= _START, 1, np.where(probability < _KEEP, 0, -1))
    last = np.maximum.accumulate(np.where(begun >= 0, np.arange(len(begun)), -1))
    return np.asarray(np.where(last >= 0, begun[last], before) == 1)
