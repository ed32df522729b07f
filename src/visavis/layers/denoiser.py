"""The denoising head: an MLP with adaptive layer norm, conditioned on a process time and a token.

Shapes: R rows (one a token), D values of a token, Z width of the condition, W width of the head, S process times.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class TimeEmbedding(nn.Module):
    """Process time (R,), counted 0..999 -> (R, width): sinusoid of 256, Linear, SiLU, Linear."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, time: Tensor) -> Tensor:
        """(R,) -> (R, width)."""
        rates = torch.exp(-math.log(10_000.0) * torch.arange(128, device=time.device, dtype=torch.float32) / 128)
        angles = time.float()[:, None] * rates
        embedded: Tensor = self.mlp(torch.cat([angles.cos(), angles.sin()], dim=-1))
        return embedded


@dataclass(frozen=True)
class Modulation:
    """What a condition makes of a layer (..., R, W): `shift` and `gain` of its norm, `gate` of its change, if any."""

    shift: Tensor
    gain: Tensor
    gate: Tensor | None = None

    def steps(self) -> list[Modulation]:
        """Those of each time, from those of S times at once (S, R, W)."""
        gates = [None] * len(self.shift) if self.gate is None else self.gate.unbind()
        return [Modulation(*each) for each in zip(self.shift.unbind(), self.gain.unbind(), gates, strict=True)]


class ResidualBlock(nn.Module):
    """A gated residual MLP whose norm is shifted and scaled by the condition."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.in_ln = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 3 * width))

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """(R, W), (R, W) -> (R, W)."""
        return self.modulated(x, self.told(condition))

    def told(self, condition: Tensor) -> Modulation:
        """What a condition (..., W) makes of this layer."""
        shift, scale, gate = self.adaLN_modulation(condition).chunk(3, dim=-1)
        return Modulation(shift, 1 + scale, gate)

    def modulated(self, x: Tensor, by: Modulation) -> Tensor:
        """(R, W) -> (R, W)."""
        assert by.gate is not None
        return torch.addcmul(x, by.gate, self.mlp(torch.addcmul(by.shift, self.in_ln(x), by.gain)))


class FinalLayer(nn.Module):
    """A norm without weights, shifted and scaled by the condition, then one Linear."""

    def __init__(self, width: int, out: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, out)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 2 * width))

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """(R, W), (R, W) -> (R, out)."""
        return self.modulated(x, self.told(condition))

    def told(self, condition: Tensor) -> Modulation:
        """What a condition (..., W) makes of this layer."""
        shift, scale = self.adaLN_modulation(condition).chunk(2, dim=-1)
        return Modulation(shift, 1 + scale)

    def modulated(self, x: Tensor, by: Modulation) -> Tensor:
        """(R, W) -> (R, out)."""
        projected: Tensor = self.linear(torch.addcmul(by.shift, F.layer_norm(x, x.shape[-1:], eps=1e-6), by.gain))
        return projected


class Denoiser(nn.Module):
    """Noisy values (R, D), process time (R,) and condition (R, Z) -> (R, out). MAR's diffusion head (TIMAR, head)."""

    def __init__(self, values: int, out: int, condition: int, width: int, depth: int) -> None:
        super().__init__()
        self.time_embed = TimeEmbedding(width)
        self.cond_embed = nn.Linear(condition, width)
        self.input_proj = nn.Linear(values, width)
        self.res_blocks = nn.ModuleList(ResidualBlock(width) for _ in range(depth))
        self.final_layer = FinalLayer(width, out)
        self._start_as_identity()

    def _start_as_identity(self) -> None:
        for layer in [*self.res_blocks, self.final_layer]:
            modulation = layer.adaLN_modulation[-1]
            assert isinstance(modulation, nn.Linear)
            nn.init.zeros_(modulation.weight)
            nn.init.zeros_(modulation.bias)
        nn.init.zeros_(self.final_layer.linear.weight)
        nn.init.zeros_(self.final_layer.linear.bias)

    def forward(self, x: Tensor, time: Tensor, condition: Tensor) -> Tensor:
        """See the class; `time` counts 0..999."""
        return self.at(x, self._told(self.time_embed(time) + self.cond_embed(condition)))

    def course(self, times: Tensor, condition: Tensor) -> list[list[Modulation]]:
        """What each of a draw's process times (S,) and its condition (R, Z) make of each layer."""
        told = self._told(self.time_embed(times)[:, None] + self.cond_embed(condition))
        return [list(step) for step in zip(*(modulation.steps() for modulation in told), strict=True)]

    def at(self, x: Tensor, told: list[Modulation]) -> Tensor:
        """Noisy values (R, D) -> (R, out), with what time and condition make of each layer."""
        x = self.input_proj(x)
        for block, by in zip(self._blocks(), told, strict=False):
            x = block.modulated(x, by)
        return self.final_layer.modulated(x, told[-1])

    def _told(self, y: Tensor) -> list[Modulation]:
        return [*(block.told(y) for block in self._blocks()), self.final_layer.told(y)]

    def _blocks(self) -> list[ResidualBlock]:
        return [block for block in self.res_blocks if isinstance(block, ResidualBlock)]
