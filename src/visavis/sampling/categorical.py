"""Choosing one of several entries instead of denoising: the network gives logits, and noise decides.

Shapes: R rows (the first axis), G choices a row, K entries a choice.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from visavis.core.errors import VisavisError
from visavis.core.protocols import Network, Noise, StepHook

_LEAST = 1e-6


@dataclass(frozen=True)
class Choice:
    """What such a network predicts: logits (R, G, K)."""


@dataclass(frozen=True)
class CategoricalSampler:
    """Chooses entries with their probabilities (the Gumbel-max trick); temperature 0 chooses the likeliest."""

    temperature: float = 1.0

    def sample(self, network: Network, shape: tuple[int, ...], noise: Noise, hook: StepHook | None = None) -> Tensor:
        """What is chosen, as ones among zeros (R, G, K); raises `VisavisError` for values that are held."""
        if hook is not None:
            raise VisavisError("nothing can be held while entries of a codebook are chosen; draw by diffusion")
        uniform = torch.special.ndtr(noise(shape)).clamp(_LEAST, 1 - _LEAST)
        logits = network(uniform.new_zeros(1))(torch.zeros_like(uniform), 0)
        chosen = (logits - self.temperature * (-uniform.log()).log()).argmax(-1)
        return F.one_hot(chosen, shape[-1]).to(logits)
