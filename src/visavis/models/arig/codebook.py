"""A codebook in place of the diffusion head (ARIG, ablation "discrete codebook").

A frame is the sum of one entry of each level; a level's entries follow what the levels before it leave of motion
(residual vector quantisation with moving averages: van den Oord et al. 2017, Zeghidour et al. 2021). Which entries come
next is what the head predicts, all levels at once.

Shapes: R rows (a frame of a conversation each), Q levels, K entries, D motion channels, C width.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LEVELS = 4
_LEAST_USE = 0.01


class Codebook(nn.Module):
    """Entries of all levels, and the logits of which come next."""

    entries: Tensor
    used: Tensor

    def __init__(self, width: int, channels: int, count: int) -> None:
        super().__init__()
        self.logits = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, LEVELS * count))
        self.register_buffer("entries", torch.randn(LEVELS, count, channels))
        self.register_buffer("used", torch.zeros(LEVELS, count))

    def forward(self, z: Tensor) -> Tensor:
        """Logits (R, Q, K) from z (R, C)."""
        made: Tensor = self.logits(z).float().unflatten(-1, tuple(self.used.shape))
        return made

    def motion(self, chosen: Tensor) -> Tensor:
        """Normalised motion (R, D) of chosen entries, ones among zeros (R, Q, K)."""
        return torch.einsum("rqk,qkd->rd", chosen.to(self.entries), self.entries)

    def nearest(self, motion: Tensor) -> Tensor:
        """Which entries (R, Q) make up normalised motion (R, D) best, level by level."""
        left, places = motion.to(self.entries), []
        for entries in self.entries:
            places.append(torch.cdist(left, entries).argmin(-1))
            left = left - entries[places[-1]]
        return torch.stack(places, dim=1)

    @torch.no_grad()
    def learn(self, motion: Tensor, rate: float, generator: torch.Generator) -> None:
        """Move entries towards what is nearest to them of motions (R, D), a `rate` of the way; those that nothing is
        near to start anew at what one of these motions leaves."""
        left, count = motion.to(self.entries), self.used.shape[1]
        for entries, used in zip(self.entries, self.used, strict=True):
            unused = used < _LEAST_USE / count
            drawn = torch.randint(len(left), (count,), generator=generator, device=generator.device).to(left.device)
            entries[unused], used[unused] = left[drawn[unused]], 1 / count
            chosen = F.one_hot(torch.cdist(left, entries).argmin(-1), count).to(left)
            near = chosen.sum(0)
            found = chosen.T @ left / near.clamp_min(1)[:, None]
            entries.lerp_(torch.where(near[:, None] > 0, found, entries), rate)
            used.lerp_(near / len(left), rate)
            left = left - chosen @ entries
