"""What of a batch is known, and means over errors that leave out what is not.

A mean leaves something out by weights: 0 where nothing counts, and elsewhere as much more as makes up for it. Where
all counts, every weight is exactly 1.

Shapes: B windows, T frames, D channels; (...) any axes, windows or tokens.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from visavis.data.windows import Batch

_LEAST_SHARE = 1e-9


def neutral(motion: Tensor, known: Tensor | None, mean: Tensor | None = None) -> Tensor:
    """Motion (B, T, D) at its mean (D,) in the channels that a window does not know, (B, D) bool.

    Without a mean it is standardised motion, whose mean is 0.
    """
    if known is None:
        return motion
    rest = torch.zeros_like(motion) if mean is None else mean.to(motion).expand_as(motion)
    return torch.where(known[:, None], motion, rest)


def counted_frames(batch: Batch) -> Tensor | None:
    """Which of the agent's motion is learned from (B, T, D) bool; None: all of it."""
    channels, frames = batch.agent_known, batch.agent_counted
    if channels is None and frames is None:
        return None
    counted = torch.ones_like(batch.agent_motion, dtype=torch.bool)
    if channels is not None:
        counted = counted & channels[:, None]
    return counted if frames is None else counted & frames[..., None]


def complete(counted: Tensor | None) -> Tensor | None:
    """Of what is `counted` (R, D) bool, the rows of which all counts; where there are none, all of it.

    Running estimates (units of errors) are learned from these: people who are known in part move otherwise, and what
    is not yet learned of them would make everybody's drawn motion uncertain.
    """
    if counted is None:
        return None
    whole = counted.all(-1, keepdim=True)
    return torch.where(whole.any(), counted & whole, counted)


def by_group(counted: Tensor, groups: Iterable[Tensor]) -> Tensor:
    """Weights (..., D), for what is `counted` (..., D) bool, with which a group's mean is over what counts of it.

    `groups` are the channels of each; a group of which nothing counts weighs nothing.
    """
    shares = torch.ones(counted.shape[-1], device=counted.device)
    for channels in groups:
        shares[channels] = counted[..., channels].float().mean()
    return counted / shares.clamp_min(_LEAST_SHARE)


def by_channel(counted: Tensor) -> Tensor:
    """Weights (..., D), for what is `counted` (..., D) bool, with which a channel's mean is over what counts of it."""
    return counted / counted.flatten(0, -2).float().mean(0).clamp_min(_LEAST_SHARE)
