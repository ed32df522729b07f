"""Noise that moves as slowly as motion does: a stationary Gaussian process in each channel.

A deterministic sampler maps start noise to motion, frame by frame. Where the noise of one frame goes on from that of
the frames before it, the motion does, too, without the network ever being told its own past; and as the process is
stationary, it cannot drift.

Shapes: B conversations, T frames, D channels, L lags.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from visavis.layers.autocovariance import autocovariances

_MOST_REFLECTION = 0.999
_FLOOR = 5e-4


@dataclass(frozen=True)
class Prediction:
    """The best linear prediction from n = 0..L frames before: `weights` (L + 1, L, D), the last frame's first, and the
    `deviation` (L + 1, D) of what it leaves open."""

    weights: Tensor
    deviation: Tensor

    def drawn(self, white: Tensor, past: Tensor, steps: Tensor) -> Tensor:
        """The noise of a frame, see `CorrelatedNoise`."""
        order = steps.clamp_max(self.weights.shape[1])
        expected = (self.weights[order].to(past) * past.flip(1)).sum(1)
        return torch.addcmul(expected, self.deviation[order].to(white), white)


class CorrelatedNoise(nn.Module):
    """An autoregressive process of order L with unit variance, whose autocorrelation is learned from examples.

    What follows from the autocorrelation is computed once for as long as that stays as it is.
    """

    autocovariance: Tensor

    def __init__(self, channels: int, lags: int) -> None:
        super().__init__()
        self.lags = lags
        white = torch.zeros(lags + 1, channels)
        white[0] = 1
        self.register_buffer("autocovariance", white)
        self._known: _Known | None = None

    def forward(self, white: Tensor, past: Tensor, steps: Tensor) -> Tensor:
        """The noise (B, D) of a frame, from `white` noise (B, D) and that of the frames before (B, L, D), of which the
        newest comes last and `steps` (B,) exist."""
        return self._prediction().drawn(white, past, steps)

    def settled(self) -> SettledNoise:
        """The same process, which learns nothing more."""
        return SettledNoise(self._prediction())

    @torch.no_grad()
    def learn(self, noise: Tensor, rate: float, counted: Tensor | None = None) -> None:
        """Move the autocovariances towards those of noise (B, T, D), a `rate` of the way; in each channel by the frames
        that are `counted` (B, T, D) bool (None: all), by none, they stay."""
        self.autocovariance.lerp_(autocovariances(noise, counted, self.autocovariance), rate)

    def _prediction(self) -> Prediction:
        source = self.autocovariance
        if source.is_inference():
            return predicted(source)
        if self._known is None or self._known.source is not source or self._known.version != source._version:
            with torch.inference_mode(False), torch.no_grad():
                self._known = _Known(source, source._version, predicted(source))
        return self._known.prediction


class SettledNoise(nn.Module):
    """A process whose autocorrelation stays as it is, so that a recorded step holds what follows from it."""

    weights: Tensor
    deviation: Tensor

    def __init__(self, prediction: Prediction) -> None:
        super().__init__()
        self.lags = prediction.weights.shape[1]
        self.register_buffer("weights", prediction.weights.clone())
        self.register_buffer("deviation", prediction.deviation.clone())

    def forward(self, white: Tensor, past: Tensor, steps: Tensor) -> Tensor:
        """As `CorrelatedNoise` does."""
        return Prediction(self.weights, self.deviation).drawn(white, past, steps)


@dataclass(frozen=True)
class _Known:
    """A prediction, and the autocovariances that it follows from, in the version (torch's count of changes) of then."""

    source: Tensor
    version: int
    prediction: Prediction


def predicted(autocovariance: Tensor) -> Prediction:
    """The best linear prediction of processes of these autocovariances (L + 1, D).

    Levinson and Durbin's recursion, which gives all orders; it ends where almost nothing is left open, for
    autocorrelations of few examples may be those of no process.
    """
    lags = len(autocovariance) - 1
    told = autocovariance.double()
    told = told / (told[:1].clamp_min(1e-12) * (1 + _FLOOR))
    told[0] = 1
    weights = told.new_zeros(lags + 1, lags, told.shape[1])
    variance = torch.ones_like(told)
    for order in range(1, lags + 1):
        before = weights[order - 1, : order - 1]
        open_ = told[order] - (before * told[1:order].flip(0)).sum(0)
        settled = variance[order - 1] <= _FLOOR
        reflection = (open_ / variance[order - 1]).clamp(-_MOST_REFLECTION, _MOST_REFLECTION)
        reflection = torch.where(settled, torch.zeros_like(reflection), reflection)
        weights[order, : order - 1] = before - reflection * before.flip(0)
        weights[order, order - 1] = reflection
        variance[order] = variance[order - 1] * (1 - reflection.square())
    return Prediction(weights.float(), variance.sqrt().float())
