"""Quick movements that the mean expects, made as large as a person makes them.

Shapes: B conversations, T frames, G channels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from visavis.core.clock import FPS

SLOWEST_HZ = 0.5
"""Where quick movement begins: nods, shakes and brow raises are quicker, posture is slower [Hz]."""


@dataclass(frozen=True)
class EmphasisState:
    """The mean's last frame and the quick part of it, both (B, G)."""

    mean: Tensor
    quick: Tensor


class Emphasis:
    """Takes the quick part out of a mean, and gives `gain` times of it, for `channels`.

    A mean is the average of a nod that may come, or a little later, or not at all, and moves half as far as any of
    them. What is quick is told by a causal high-pass of first order, frame by frame, so that it never jumps.
    """

    def __init__(self, channels: tuple[int, ...], gain: float) -> None:
        self.channels = channels if gain else ()
        self.gain = gain
        self._at = torch.tensor(self.channels, dtype=torch.int64)
        self._keep = math.exp(-2 * math.pi * SLOWEST_HZ / FPS)

    def init_state(self, like: Tensor, batch: int) -> EmphasisState:
        """Before the first frame."""
        nothing = like.new_zeros(batch, len(self.channels))
        return EmphasisState(nothing, nothing)

    def apply(self, drawn: Tensor, mean: Tensor, state: EmphasisState, known: Tensor) -> tuple[Tensor, EmphasisState]:
        """The motion drawn (B, T, D) around a mean (B, T, D) with what is added to it, and the state after it.

        `known` (B,) bool: whether there was a frame before; without one, movement begins at the first.
        """
        if not self.channels:
            return drawn, state
        at = self._at.to(mean.device)
        chosen = mean.index_select(-1, at).float()
        before = torch.where(known[:, None], state.mean, chosen[:, 0])
        quick, added = state.quick, []
        for now in chosen.unbind(1):
            quick = self._keep * (quick + now - before)
            added.append(quick)
            before = now
        louder = drawn.index_add(-1, at, torch.stack(added, dim=1).to(drawn), alpha=self.gain)
        return louder, EmphasisState(before, quick)
