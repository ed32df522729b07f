"""No process at all: the network's prediction is the value (TIMAR's MLP-head ablation)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from visavis.core.protocols import Noise


class DirectSampler:
    """Asks once and draws no noise."""

    def sample(self, predict: Callable[[Tensor, Tensor], Tensor], shape: tuple[int, ...], noise: Noise) -> Tensor:
        """The prediction (R, D)."""
        del noise
        return predict(torch.zeros(shape), torch.zeros(shape[0]))
