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
    """Process time (R,), counted 0..999 -> (R, width): sinusoid of 256, Linear, SiLU, Linear.

    told: how many times there are, (R, told) where it is not 1.
    """

    rates: Tensor

    def __init__(self, width: int, told: int = 1) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(256 * told, width), nn.SiLU(), nn.Linear(width, width))
        rates = torch.exp(-math.log(10_000.0) * torch.arange(128, dtype=torch.float32) / 128)
        self.register_buffer("rates", rates, persistent=False)

    def forward(self, time: Tensor) -> Tensor:
        """(R,), or (R, told) -> (R, width)."""
        angles = time.float()[..., None] * self.rates
        embedded: Tensor = self.mlp(torch.cat([angles.cos(), angles.sin()], dim=-1).flatten(1))
        return embedded


@dataclass(frozen=True)
class Modulation:
    """What a condition makes of a layer (..., R, W): `shift` and `gain` of its norm, `gate` of its change, if any."""

    shift: Tensor
    gain: Tensor
    gate: Tensor | None

    @staticmethod
    def of(numbers: Tensor, width: int) -> Modulation:
        """From what a condition says of one layer (..., R, 3 W), or of one without a gate (..., R, 2 W)."""
        shift, scale, *gate = numbers.split(width, dim=-1)
        return Modulation(shift, 1 + scale, gate[0] if gate else None)

    def steps(self) -> list[Modulation]:
        """Those of each time, from those of S times at once (S, R, W)."""
        gates = [None] * len(self.shift) if self.gate is None else self.gate.unbind()
        return [Modulation(*each) for each in zip(self.shift.unbind(), self.gain.unbind(), gates, strict=True)]


class Modulator(nn.Sequential):
    """A condition (..., W) -> what it says of one layer (..., out)."""

    def __init__(self, width: int, out: int) -> None:
        super().__init__(nn.SiLU(), nn.Linear(width, out))

    @property
    def linear(self) -> nn.Linear:
        """Its one product."""
        linear = self[1]
        assert isinstance(linear, nn.Linear)
        return linear


class ResidualBlock(nn.Module):
    """A residual MLP (R, W) -> (R, W); the condition shifts and scales its norm and opens its gate."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.in_ln = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.adaLN_modulation = Modulator(width, 3 * width)

    def forward(self, x: Tensor, by: Modulation) -> Tensor:
        """See the class."""
        assert by.gate is not None
        return torch.addcmul(x, by.gate, self.mlp(torch.addcmul(by.shift, self.in_ln(x), by.gain)))


class FinalLayer(nn.Module):
    """A norm without weights, which the condition shifts and scales, then one Linear: (R, W) -> (R, out)."""

    def __init__(self, width: int, out: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, out)
        self.adaLN_modulation = Modulator(width, 2 * width)

    def forward(self, x: Tensor, by: Modulation) -> Tensor:
        """See the class."""
        projected: Tensor = self.linear(torch.addcmul(by.shift, F.layer_norm(x, x.shape[-1:], eps=1e-6), by.gain))
        return projected


class Denoiser(nn.Module):
    """Noisy values (R, D), process time (R,) and condition (R, Z) -> (R, out). MAR's diffusion head (TIMAR, head).

    times: how many process times it is told, (R, times) where it is not 1.
    `joint`: for use, one product in the modulators' place (None: each does its own).
    """

    def __init__(self, values: int, out: int, condition: int, width: int, depth: int, times: int = 1) -> None:
        super().__init__()
        self.time_embed = TimeEmbedding(width, times)
        self.cond_embed = nn.Linear(condition, width)
        self.input_proj = nn.Linear(values, width)
        self.res_blocks = nn.ModuleList(ResidualBlock(width) for _ in range(depth))
        self.final_layer = FinalLayer(width, out)
        self.joint: nn.Module | None = None
        self._start_as_identity()

    def _start_as_identity(self) -> None:
        for linear in [*(modulator.linear for modulator in self._modulators()), self.final_layer.linear]:
            nn.init.zeros_(linear.weight)
            nn.init.zeros_(linear.bias)

    def forward(self, x: Tensor, time: Tensor, condition: Tensor) -> Tensor:
        """See the class; `time` counts 0..999."""
        return self.at(x, self._modulations(self.time_embed(time) + self.cond_embed(condition)))

    def precompute(self, times: Tensor, condition: Tensor) -> list[list[Modulation]]:
        """What each of a draw's process times (S,) and its condition (R, Z) make of each layer."""
        modulations = self._modulations(self.time_embed(times)[:, None] + self.cond_embed(condition))
        return [list(step) for step in zip(*(modulation.steps() for modulation in modulations), strict=True)]

    def at(self, x: Tensor, modulations: list[Modulation]) -> Tensor:
        """Noisy values (R, D) -> (R, out), with what time and condition make of each layer."""
        x = self.input_proj(x)
        for block, by in zip(self.res_blocks, modulations, strict=False):
            x = block(x, by)
        out: Tensor = self.final_layer(x, modulations[-1])
        return out

    def joined(self) -> tuple[Tensor, Tensor]:
        """Weight and bias of one product that does those of all modulators, for `joint`."""
        parts = [modulator.linear for modulator in self._modulators()]
        return torch.cat([part.weight for part in parts]), torch.cat([part.bias for part in parts])

    def _modulations(self, y: Tensor) -> list[Modulation]:
        width = y.shape[-1]
        if self.joint is None:
            modulations = [modulator(y) for modulator in self._modulators()]
        else:
            modulations = self.joint(F.silu(y)).split([*[3 * width] * len(self.res_blocks), 2 * width], dim=-1)
        return [Modulation.of(numbers, width) for numbers in modulations]

    def _modulators(self) -> list[Modulator]:
        return [layer.adaLN_modulation for layer in (*self.res_blocks, self.final_layer)]
