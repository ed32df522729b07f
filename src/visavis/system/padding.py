"""Inputs of recordings side by side, of which a step sees a few frames: they are padded only where they are looked at.

Shapes: B recordings, T frames, S sound samples at 16 kHz.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from visavis.core.clock import samples_in
from visavis.core.contract import InputSpec


@dataclass(frozen=True, eq=False)
class PaddedInput:
    """One input of all recordings, each as long as it is: sound (S,) or numbers (T, width).

    A voice is followed by silence, of all else the last frame is held. The sound of a recording is not copied.
    """

    spec: InputSpec
    values: tuple[Tensor, ...]

    def between(self, start: int, stop: int) -> Tensor:
        """The frames [start, stop) of all recordings, sound (B, S) or numbers (B, T, width)."""
        sound = self.spec.kind == "speech"
        first, last = (samples_in(start), samples_in(stop)) if sound else (start, stop)
        return torch.stack([_padded(value, first, last, sound) for value in self.values])


def _padded(value: Tensor, first: int, last: int, silent: bool) -> Tensor:
    there, lacking = value[first:last], last - max(first, len(value))
    if lacking <= 0:
        return there
    after = value.new_zeros(lacking, *value.shape[1:]) if silent else value[-1:].expand(lacking, *value.shape[1:])
    return torch.cat([there, after])
