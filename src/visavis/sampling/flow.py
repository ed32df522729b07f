"""Rectified flow: straight paths from noise to data (Liu et al. 2023), velocity prediction, second-order steps.

Shapes: R rows (one a token), D values of a token. Process time runs from 0 (noise) to 1 (data).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor

from visavis.core.protocols import Network, Noise

TIME_SCALE = 999.0
"""Networks are told process times on the scale 0..999, whatever the process."""


@dataclass(frozen=True)
class FlowPoint:
    """A training example: the network's input `x` (R, D) and `time` (R,) and the wanted `velocity` (R, D)."""

    x: Tensor
    time: Tensor
    velocity: Tensor


def flow_point(data: Tensor, generator: torch.Generator) -> FlowPoint:
    """Draws noise and a logit-normal time for each row of `data` (R, D) (Esser et al. 2024)."""
    noise = torch.randn(data.shape, generator=generator, device=generator.device).to(data)
    time = torch.sigmoid(torch.randn(len(data), generator=generator, device=generator.device)).to(data)
    mixed = (1 - time[:, None]) * noise + time[:, None] * data
    return FlowPoint(mixed, time * TIME_SCALE, data - noise)


@dataclass(frozen=True)
class FlowSampler:
    """Integrates the predicted velocity in `steps` steps, one prediction each; `temperature` scales the start noise.

    The steps are Adams and Bashforth's of second order (the first is Euler's), and shorter at both ends, where paths
    bend most: at times u^2 (3 - 2 u) for even u. docs/timar.md compares them.
    """

    steps: int = 5
    temperature: float = 1.0

    def sample(self, network: Network, shape: tuple[int, ...], noise: Noise) -> Tensor:
        """A draw (R, D); the noise is called once, for the start."""
        x = noise(shape) * self.temperature
        even = [i / self.steps for i in range(self.steps + 1)]
        times = [u * u * (3 - 2 * u) for u in even]
        predict = network(torch.tensor(times[:-1], device=x.device) * TIME_SCALE)
        last, last_length = None, 1.0
        for i, (start, end) in enumerate(itertools.pairwise(times)):
            velocity, length = predict(x, i), end - start
            halfway = velocity if last is None else velocity + (velocity - last) * (length / last_length / 2)
            x = x + halfway * length
            last, last_length = velocity, length
        return x
