"""How deviations go on over time, in each channel, from those that count.

Shapes: B windows, T frames, D channels, L lags.
"""

from __future__ import annotations

import torch
from torch import Tensor


def autocovariances(deviations: Tensor, counted: Tensor | None, usual: Tensor) -> Tensor:
    """The mean products (L + 1, D) of deviations (B, T, D) that lie 0 to L frames apart, over those that are `counted`
    (B, T, D) bool (None: all); the `usual` ones (L + 1, D) where none are."""
    among = torch.ones_like(deviations, dtype=torch.bool) if counted is None else counted
    told = torch.where(among, deviations.float(), torch.zeros_like(deviations, dtype=torch.float32))
    return torch.stack([_covariance(told, among, lag, one) for lag, one in enumerate(usual)])


def _covariance(deviations: Tensor, counted: Tensor, lag: int, usual: Tensor) -> Tensor:
    stop = max(deviations.shape[1] - lag, 0)
    pairs = (counted[:, lag:] & counted[:, :stop]).sum((0, 1))
    products = (deviations[:, lag:] * deviations[:, :stop]).sum((0, 1))
    return torch.where(pairs > 0, products / pairs.clamp_min(1), usual)
