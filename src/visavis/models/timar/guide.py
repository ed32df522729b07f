"""Residual prediction of a token: its expected value from how the motion ended, and the units of the residual.

Shapes: R rows (one a token), K frames a token, D channels, C width of the condition, X numbers that tell the ending.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

_FLOOR = 0.01
_FARTHEST = 10.0
_SIZE_RANGE = 1.6


class Guide(nn.Module):
    """Predicts a token linearly and leaves the whitened residual to a generative head.

    A token is seen relative to the last frame before it. Its error is whitened: first over the token's frames by the
    errors' covariance in each channel, so that a head that draws independent noise still starts where the motion is
    and moves as smoothly as the errors do; then by a size in each channel that the condition foretells, so that a
    silent mouth rests. The guess is pulled towards the mean that is expected whatever the ending, so that motion
    cannot wander off.
    """

    covariance: Tensor

    def __init__(self, channels: int, frames: int, condition: int, ending: int) -> None:
        super().__init__()
        values = channels * frames
        self.frames = frames
        self.hidden = nn.Sequential(
            nn.LayerNorm(condition, eps=1e-6), nn.Linear(condition, 2 * condition), nn.GELU()
        )  # fmt: skip
        self.guess = nn.Linear(2 * condition, values)
        self.size = nn.Linear(2 * condition, channels)
        self.carry = nn.Linear(ending, values)
        self.pull = nn.Linear(values, values)
        for last in (self.guess, self.size, self.carry, self.pull):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
        self.register_buffer("covariance", torch.eye(frames).repeat(2, channels, 1, 1))
        self._settled: Tensor | None = None

    def forward(self, condition: Tensor, ending: Tensor, mean: Tensor) -> tuple[Tensor, Tensor]:
        """The guessed token (R, K D) and the log size of its error (R, D), from condition, ending (R, X) and mean.

        Guess and `mean` (R, K D) are relative to the last frame.
        """
        hidden = self.hidden(condition)
        guess: Tensor = self.guess(hidden) + self.carry(ending) + self.pull(mean)
        log_size = _SIZE_RANGE * torch.tanh(self.size(hidden).float() / _SIZE_RANGE)
        return guess.float(), log_size

    def relative(self, values: Tensor, last: Tensor, known: Tensor) -> Tensor:
        """Values (R, K D) relative to the last frame (R, D) where it is known (R,)."""
        return values - self.per_frame(last * known[:, None])

    def absolute(self, values: Tensor, last: Tensor, known: Tensor) -> Tensor:
        """The inverse of `relative`, kept within 10 standard deviations so that no error can run away."""
        return (values + self.per_frame(last * known[:, None])).clamp(-_FARTHEST, _FARTHEST)

    def per_frame(self, channels: Tensor) -> Tensor:
        """Something said of each channel (R, D), repeated for each frame of a token (R, K D)."""
        return channels[:, None].expand(-1, self.frames, -1).flatten(1)

    def whiten(self, error: Tensor, known: Tensor) -> Tensor:
        """Errors (R, K D) -> uncorrelated over the frames, of unit variance on average."""
        factor = self._factor()
        identity = torch.eye(self.frames, device=factor.device).expand_as(factor)
        return self._mixed(torch.linalg.solve_triangular(factor, identity, upper=False), error, known)

    def colour(self, white: Tensor, known: Tensor) -> Tensor:
        """The inverse of `whiten`."""
        return self._mixed(self._factor(), white, known)

    @torch.no_grad()
    def learn_units(self, error: Tensor, known: Tensor, rate: float, counted: Tensor | None = None) -> None:
        """Move the covariance towards that of the errors (R, K D), a `rate` of the way.

        In each channel by the tokens that are `counted` (R, D) bool there (None: all); by none, it stays.
        """
        frames = error.float().unflatten(1, (self.frames, -1))
        products = frames[:, :, None] * frames[:, None]
        for row, chosen in enumerate((known <= 0, known > 0)):
            if not chosen.any():
                continue
            found = products[chosen]
            if counted is None:
                self.covariance[row].lerp_(found.mean(0).permute(2, 0, 1), rate)
                continue
            told = counted[chosen]
            share = told.float().mean(0)
            found = torch.where(told[:, None, None], found, torch.zeros_like(found)) / share.clamp_min(1e-9)
            nearer = found.mean(0).permute(2, 0, 1)
            usual = self.covariance[row]
            usual.lerp_(torch.where(share[:, None, None] > 0, nearer, usual), rate)

    def settled(self) -> Guide:
        """The same guide for use: its units are those of now, and are not computed anew for each token."""
        other = copy.copy(self)
        other._settled = self._factor()
        return other

    def _factor(self) -> Tensor:
        if self._settled is not None:
            return self._settled
        floor = _FLOOR**2 * torch.eye(self.frames, device=self.covariance.device)
        factor: Tensor = torch.linalg.cholesky(self.covariance.float() + floor)
        return factor

    def _mixed(self, factor: Tensor, values: Tensor, known: Tensor) -> Tensor:
        """Each channel's frames times the factor (K, K) that fits the row."""
        frames = values.float().unflatten(1, (self.frames, -1))
        with torch.autocast(values.device.type, enabled=False):
            without, having = torch.einsum("pdkj,rjd->prkd", factor, frames)
        return torch.where(known[:, None, None] > 0, having, without).flatten(1)
