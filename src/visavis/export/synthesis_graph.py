"""A voice's synthesis as a network: from spectra and F0, as hibari's network describes them, to sound.

What `hibari.dsp.synth` computes, written with products and convolutions that every runtime has. The Fourier transform
is a convolution with waves under a window, its inverse the transposed convolution.

F frames of 12.5 ms, K = 601 bins of 20 Hz, S = 300 F samples at 24 kHz.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

_LENGTH, _HOP, _RATE = 1200, 300, 24_000
BINS = _LENGTH // 2 + 1
"""K."""

_VOICED_HZ, _HIGHEST_HZ = 40.0, 11_000.0
_LOUDEST = 7.0
_NEARLY_ZERO = 2e-3
INPUTS = ("lh", "theta", "ln", "lr", "phi", "f0", "noise")
"""What it takes; all but `noise` are the names of what hibari's network gives."""


class SynthesisGraph(nn.Module):
    """Pulses at F0 filtered by the harmonics' spectrum, and noise, and a rest with phases of its own.

        S = exp(lh) e^(i pi tanh(theta)) STFT(pulses(f0)) + exp(ln) noise + exp(lr) e^(i phi)

    `lh`, `theta`, `ln`, `lr`, `phi`: (1, K, F). `f0`: (1, F) [Hz]. `noise`: (1, K, F, 2) standard normal numbers, real
    and imaginary parts. Returns the sound (1, S). F is at least 3.
    """

    def forward(
        self, lh: Tensor, theta: Tensor, ln: Tensor, lr: Tensor, phi: Tensor, f0: Tensor, noise: Tensor
    ) -> Tensor:
        """See the class."""
        window, waves = _window_and_waves()
        source = fn.conv1d(
            fn.pad(_pulses(f0)[:, None], (_LENGTH // 2, _LENGTH // 2), mode="reflect"), waves, stride=_HOP
        )
        real, imaginary = (source[:, :, : f0.shape[1]] / _HOP).chunk(2, dim=1)
        turn, level = math.pi * theta.tanh(), _level(lh)
        along, across = turn.cos() * level, turn.sin() * level
        rest, breath = _level(lr), _level(ln)
        spectrum = torch.cat(
            [
                real * along - imaginary * across + breath * noise[..., 0] + rest * phi.cos(),
                real * across + imaginary * along + breath * noise[..., 1] + rest * phi.sin(),
            ],
            dim=1,
        )
        shares = torch.full((BINS, 1), 2.0 / _LENGTH)
        shares[0] = shares[-1] = 1.0 / _LENGTH
        added = fn.conv_transpose1d(spectrum * torch.cat([shares, shares]), waves, stride=_HOP)
        weight = fn.conv_transpose1d(torch.ones_like(f0)[:, None], (window * window)[None, None], stride=_HOP)
        whole = (added / weight.clamp(min=1e-11))[:, 0]
        return whole[:, _LENGTH // 2 : _LENGTH // 2 + _HOP * f0.shape[1]]


def _window_and_waves() -> tuple[Tensor, Tensor]:
    """A Hann window, and under it cosines and negative sines of all bins (2 K, 1, length)."""
    places = torch.arange(_LENGTH)
    angles = places.double() * (2 * math.pi / _LENGTH)
    window = 0.5 - 0.5 * angles.cos()
    turns = torch.outer(torch.arange(BINS), places) % _LENGTH
    waves = torch.cat([angles.cos()[turns], -angles.sin()[turns]]) * window
    return window.float(), waves.float()[:, None]


def _level(logarithm: Tensor) -> Tensor:
    return logarithm.clamp(max=_LOUDEST).exp()


def _pulses(f0: Tensor) -> Tensor:
    """(1, S) all harmonics of F0 below 11 kHz, each of amplitude 1; 0 where F0 is below 40 Hz."""
    inside = (torch.arange(_HOP) + 0.5) / _HOP
    before = torch.cat([f0[:, :1], f0[:, :-1]], dim=1)[..., None]
    after = torch.cat([f0[:, 1:], f0[:, -1:]], dim=1)[..., None]
    here = f0[..., None]
    early, late = inside[: _HOP // 2] + 0.5, inside[_HOP // 2 :] - 0.5
    hertz = torch.cat([before * (1 - early) + here * early, here * (1 - late) + after * late], dim=-1).flatten(1)
    voiced = hertz > _VOICED_HZ
    hertz = hertz.clamp(min=_VOICED_HZ)
    cycles = hertz.double().cumsum(dim=1) / _RATE
    phase = ((cycles - cycles.floor()) * (2 * math.pi)).float()
    count = (_HIGHEST_HZ / hertz).floor() + 0.5
    below = 2 * (0.5 * phase).sin()
    limit = below.abs() <= _NEARLY_ZERO
    summed = torch.where(limit, count, (count * phase).sin() / torch.where(limit, 1.0, below)) - 0.5
    return torch.where(voiced, summed, 0.0)
