"""No process at all: the network's prediction is the value (TIMAR's MLP-head ablation)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from visavis.core.protocols import Network, Noise, StepHook
from visavis.sampling.process import DATA
from visavis.sampling.solver import apply_hook


@dataclass(frozen=True)
class DirectSampler:
    """Asks once and draws no noise."""

    def sample(self, network: Network, shape: tuple[int, ...], noise: Noise, hook: StepHook | None = None) -> Tensor:
        """The prediction (R, ..., D), and of it what a hook makes of data."""
        del noise
        return apply_hook(network(torch.zeros(1))(torch.zeros(shape), 0), DATA, hook)
