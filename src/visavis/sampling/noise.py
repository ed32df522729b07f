"""Where random numbers come from: one seed a conversation, one fresh stream a step.

The noise of a row depends on its seed and its step alone, not on the other rows of a batch nor on earlier calls,
so that chunked equals whole and a row can be held, forked or batched with others.
"""

from __future__ import annotations

import torch
from torch import Tensor

_STEP_STRIDE = 1_000_003


class SeededNoise:
    """Normal draws for one step of B rows: `seeds` (B,) int64 and `steps` (B,) int64 choose the streams."""

    def __init__(self, seeds: Tensor, steps: Tensor) -> None:
        mixed = (seeds.cpu() * _STEP_STRIDE + steps.cpu()).tolist()
        self._streams = [torch.Generator().manual_seed(seed % 2**63) for seed in mixed]
        self._device = seeds.device

    def __call__(self, shape: tuple[int, ...]) -> Tensor:
        """Standard normal numbers (rows, ...), the first axis shared evenly by the conversations."""
        each = (shape[0] // len(self._streams), *shape[1:])
        return torch.cat([torch.randn(each, generator=stream) for stream in self._streams]).to(self._device)
