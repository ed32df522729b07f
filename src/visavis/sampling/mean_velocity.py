"""Drawing in one step: the network predicts the mean velocity over a stretch of a flow (MeanFlow, arXiv 2505.13447).

A flow's velocity tells where values go at once; the mean velocity from time t to time s tells where they will have
gone by s, so that a single prediction, from noise (0) to data (1), is a draw. Its target needs no other network: by the
definition of a mean, u(x, t, s) = v + (s - t) du/dt along the path, and du/dt is a Jacobian-vector product.

Shapes: R rows (the first axis); values (R, ...).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.autograd import forward_ad

from visavis.core.protocols import Network, Noise, StepHook
from visavis.sampling.flow import RectifiedFlow
from visavis.sampling.process import per_row
from visavis.sampling.solver import apply_hook

_PATH = RectifiedFlow()
_TIME_SCALE = 10.0
"""Networks are told times on a scale on which their sinusoids are smooth: what is learned is a derivative by time."""
_AT_ONCE = 0.75
"""Share of rows whose stretch has no length: the flow's own velocity (MeanFlow, table 1a)."""

MeanNetwork = Callable[[Tensor, Tensor], Tensor]
"""The mean velocity (R, ...) of values (R, ...) over the stretches told (R, 2): see `MeanVelocity.network_times`."""


@dataclass(frozen=True)
class MeanVelocity:
    """What such a network predicts, along the straight path of `RectifiedFlow` from noise to data."""

    def network_times(self, begins: Tensor, ends: Tensor) -> Tensor:
        """Stretches (R, 2) as networks are told them, from their begins and ends (R,): begin, and length."""
        return _TIME_SCALE * torch.stack([begins, ends - begins], dim=-1)

    def training_error(self, network: MeanNetwork, data: Tensor, generator: torch.Generator) -> Tensor:
        """Squared errors (R, ...) of what a network predicts of `data` (R, ...) with noise, each row over a stretch of
        its own. Without autocast, which casts values and not their derivatives."""
        epsilon = torch.randn(data.shape, generator=generator, device=generator.device).to(data)
        begins, ends = self._stretches(data, generator)
        velocity = data - epsilon
        values = _PATH.level(begins, data).noised(data, epsilon)

        with torch.autocast(data.device.type, enabled=False), forward_ad.dual_level():
            x, begin = forward_ad.make_dual(values, velocity), forward_ad.make_dual(begins, torch.ones_like(begins))
            predicted, rate = forward_ad.unpack_dual(network(x, self.network_times(begin, ends)))
        wanted = velocity + per_row(ends - begins, data) * rate
        error: Tensor = (predicted.float() - wanted.detach()).square()
        return error

    def _stretches(self, data: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Begins and ends (R,): anywhere, and for most rows one time, as a flow is trained on."""
        times = torch.rand(3, len(data), generator=generator, device=generator.device).to(data)
        now = _PATH.random_times(data, generator)
        first, last = times[:2].sort(dim=0).values
        at_once = times[2] < _AT_ONCE
        return torch.where(at_once, now, first), torch.where(at_once, now, last)


@dataclass(frozen=True)
class MeanVelocitySampler:
    """A `Sampler` in `steps` even steps, of which one is enough; `temperature` scales the start noise, the only one."""

    steps: int = 1
    temperature: float = 1.0

    def sample(self, network: Network, shape: tuple[int, ...], noise: Noise, hook: StepHook | None = None) -> Tensor:
        """A draw of `shape`."""
        levels = [_PATH.at(step / self.steps) for step in range(self.steps + 1)]
        x = apply_hook(noise(shape) * self.temperature, levels[0], hook)
        edges = torch.linspace(0, 1, self.steps + 1, device=x.device)
        predict = network(MeanVelocity().network_times(edges[:-1], edges[1:]))
        for step, later in enumerate(levels[1:]):
            x = apply_hook(torch.add(x, predict(x, step), alpha=1 / self.steps), later, hook)
        return x
