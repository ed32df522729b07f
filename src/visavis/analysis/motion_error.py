"""Squared errors of predicted motion that count where it matters: lips that close, gestures, change over time.

Shapes: B windows, T frames, D channels, G kinds of gestures; (...) any axes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from visavis.analysis.closures import closures
from visavis.core.spaces import MotionSpace
from visavis.data.gestures import gesturing
from visavis.data.known import by_channel, by_group

_LEAST_CHANGE = 0.02


class MotionError(nn.Module):
    """Sums of the groups' mean errors in a motion space, of standardised motion; `weights` (D,) make them so."""

    weights: Tensor
    spoken: Tensor

    def __init__(self, space: MotionSpace) -> None:
        super().__init__()
        self.space = space
        self.groups = {name: torch.from_numpy(space.indices(name)) for name in space.groups}
        weights = torch.zeros(space.width)
        for indices in self.groups.values():
            weights[indices] = 1 / len(indices)
        self.register_buffer("weights", weights, persistent=False)
        spoken = torch.zeros(space.width)
        spoken[list(space.spoken)] = 1
        self.register_buffer("spoken", spoken, persistent=False)

    def closing(self, motion: Tensor, weight: float) -> Tensor:
        """What errors (B, T, D) count, by true motion (B, T, D) in the space's own units.

        `weight` times in channels that speech moves where lips close between openings, 1 elsewhere."""
        closed = closures(motion, self.space)[..., None] * self.spoken
        return 1 + (weight - 1) * closed

    def resting(self, silent: Tensor, weight: float) -> Tensor:
        """What errors (B, T, D) count, by where a person is `silent` (B, T) bool.

        `weight` times in channels that speech moves while it moves none of them, 1 elsewhere."""
        return 1 + (weight - 1) * silent[..., None] * self.spoken

    def gesturing(self, labels: Tensor, weight: float) -> Tensor:
        """What errors (B, T, D) count, by `gesture_labels` (B, T, G): `weight` times in the channels of a gesture."""
        return 1 + (weight - 1) * gesturing(labels, self.space).to(self.weights)

    def grouped(self, error: Tensor, counted: Tensor | None = None) -> Tensor:
        """Sum over the groups of the mean error (..., D) in each, over what is `counted` (..., D) bool (None: all)."""
        weights = self.weights if counted is None else by_group(counted, self.groups.values()) * self.weights
        return (error * weights).sum(-1).mean()

    def change(self, predicted: Tensor, true: Tensor, counted: Tensor | None, emphasis: Tensor) -> Tensor:
        """Grouped squared error of the change from frame to frame, in units of the true change.

        From predicted and true motion (B, T, D); `emphasis` (B, T, D) says what each error counts.
        """
        expected, wanted = torch.diff(predicted, dim=1), torch.diff(true, dim=1)
        error = (expected - wanted).square() * emphasis[:, 1:]
        both = None if counted is None else counted[:, 1:] & counted[:, :-1]
        squares = wanted.square() if both is None else wanted.square() * by_channel(both)
        usual = squares.flatten(0, -2).mean(0).clamp_min(_LEAST_CHANGE**2)
        return self.grouped(error / usual, both)
