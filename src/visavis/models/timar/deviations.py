"""How a motion's deviation from its mean goes on: the best linear guess from the last three frames.

Shapes: B windows, T frames, R rows (one a token), K frames ahead, D channels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from visavis.layers.autocovariance import autocovariances

HISTORY = 3
"""Frames of the past that a guess is made from: place, velocity and acceleration."""

_SLOWEST_FADING = 0.99
_RIDGE = 1e-6


class Deviations(nn.Module):
    """Running autocovariances of deviations in each channel, and what they foretell (Yule and Walker's equations).

    Deviations fade by at least 1 % a frame, within 4 s, whatever was learned. Before anything was, they fade so slowly.
    """

    autocovariance: Tensor
    _fading: Tensor

    def __init__(self, channels: int, ahead: int) -> None:
        super().__init__()
        self.ahead = ahead
        lags = torch.arange(HISTORY + ahead)
        self.register_buffer("autocovariance", torch.ones(len(lags)).repeat(channels, 1))
        self.register_buffer("_fading", _SLOWEST_FADING**lags, persistent=False)

    @torch.no_grad()
    def learn(self, deviations: Tensor, rate: float, counted: Tensor | None = None) -> None:
        """Move the autocovariances towards those of deviations (B, T, D), a `rate` of the way.

        In each channel by the frames that are `counted` (B, T, D) bool (None: all); by none, they stay.
        """
        self.autocovariance.lerp_(autocovariances(deviations, counted, self.autocovariance.T).T, rate)

    def continued(self, last: Tensor) -> Tensor:
        """The K frames (R, K, D) that most likely follow deviations of the last three frames (R, 3, D)."""
        return torch.einsum("dkj,rjd->rkd", self._coefficients().to(last), last)

    def _coefficients(self) -> Tensor:
        """What each of the last frames counts in each that follows (D, K, 3)."""
        told = self.autocovariance.double() * self._fading
        told = told / told[:, :1].clamp_min(1e-12)
        past = torch.arange(HISTORY, device=told.device)
        following = torch.arange(self.ahead, device=told.device) + HISTORY
        among = told[:, (past[:, None] - past).abs()]
        among = among + _RIDGE * torch.eye(HISTORY, dtype=told.dtype, device=told.device)
        towards = told[:, following[:, None] - past]
        solved: Tensor = torch.linalg.solve(among, towards.mT).mT
        return solved
