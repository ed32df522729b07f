"""No process at all: the network's prediction is the value (TIMAR's MLP-head ablation)."""

from __future__ import annotations

import torch
from torch import Tensor

from visavis.core.protocols import Network, Noise


class DirectSampler:
    """Asks once and draws no noise."""

    def sample(self, network: Network, shape: tuple[int, ...], noise: Noise) -> Tensor:
        """The prediction (R, D)."""
        del noise
        return network(torch.zeros(1))(torch.zeros(shape), 0)
