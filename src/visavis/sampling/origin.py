"""Where data come from: the start noise that a deterministic sampler turns into them.

Shapes: R rows; values (R, D).
"""

from __future__ import annotations

import torch
from torch import Tensor

from visavis.core.protocols import Network
from visavis.sampling.denoising import DenoisingTask
from visavis.sampling.solver import Estimate

_LOOKS = 2


def start_of(data: Tensor, network: Network, denoising: DenoisingTask, steps: int) -> Tensor:
    """The noise (R, D) from which Euler's method reaches `data` (R, D) in so many steps: the same steps backwards.

    Each step's beginning is found by fixed-point iteration, from two predictions a step.
    """
    schedule = denoising.process.schedule(steps)
    predict = network(denoising.process.network_time(torch.tensor(schedule.times, device=data.device)))
    x = data
    for step in reversed(range(steps)):
        now, later = schedule.levels[step], schedule.levels[step + 1]
        end = x
        for _ in range(_LOOKS):
            out = predict(x, step)
            velocity = Estimate(out, None, x, now, denoising.parameterisation).velocity
            x = end - velocity * (later.position - now.position)
    return x
