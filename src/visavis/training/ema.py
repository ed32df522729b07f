"""The averaged weights: an exponential moving average that follows the trained ones in float32."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


def trained_parameters(module: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that learn, by name; frozen ones (a speech encoder) are left out."""
    return {name: parameter for name, parameter in module.named_parameters() if parameter.requires_grad}


class Ema:
    """Averages of a module's trained parameters.

    After `step` steps the decay is min(decay, (1 + step) / (10 + step)), so the first weights are soon forgotten.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.parameters = trained_parameters(module)
        self.average = {name: p.detach().float().clone() for name, p in self.parameters.items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Move the averages towards the weights as they are after `step` steps (counted from 1)."""
        decay = min(self.decay, (1 + step) / (10 + step))
        current = [parameter.detach().float() for parameter in self.parameters.values()]
        torch._foreach_lerp_(list(self.average.values()), current, 1 - decay)

    @torch.no_grad()
    def load(self, average: Mapping[str, Tensor]) -> None:
        """Take over averages from a checkpoint."""
        for name, tensor in self.average.items():
            tensor.copy_(average[name])

    @torch.no_grad()
    def install(self) -> None:
        """Put the averages into the module for good."""
        for name, parameter in self.parameters.items():
            parameter.copy_(self.average[name])

    @contextmanager
    def installed(self) -> Iterator[None]:
        """The module computes with the averages inside the block and with the trained weights after it."""
        trained = {name: parameter.detach().clone() for name, parameter in self.parameters.items()}
        self.install()
        try:
            yield
        finally:
            with torch.no_grad():
                for name, parameter in self.parameters.items():
                    parameter.copy_(trained[name])
