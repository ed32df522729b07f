"""What a token will most likely be, given how the motion ended, and the units of what remains to be drawn.

Shapes: R rows (one a token), K frames a token, D channels, C width of the condition, X numbers that tell the ending.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

_LEAST_SPREAD = 0.03
_FARTHEST = 10.0


class Guide(nn.Module):
    """Guesses a token and leaves its error, in units of its own usual size, to a generative head.

    A token is coded by cosines over its frames, relative to the last frame before it. So steady motion codes as
    zeros, fast coefficients have small units, and a head that draws noise of unit size still moves smoothly.
    The guess is pulled towards the mean that is expected whatever the ending, so that motion cannot wander off.
    """

    basis: Tensor
    spread: Tensor

    def __init__(self, channels: int, frames: int, condition: int, ending: int) -> None:
        super().__init__()
        values = channels * frames
        self.frames = frames
        self.guess = nn.Sequential(
            nn.LayerNorm(condition, eps=1e-6), nn.Linear(condition, 2 * condition), nn.GELU(),
            nn.Linear(2 * condition, values),
        )  # fmt: skip
        self.carry = nn.Linear(ending, values)
        self.pull = nn.Linear(values, values)
        for last in (self.guess[-1], self.carry, self.pull):
            assert isinstance(last, nn.Linear)
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
        self.register_buffer("basis", cosines(frames), persistent=False)
        self.register_buffer("spread", torch.ones(2, values))

    def forward(self, condition: Tensor, ending: Tensor, mean: Tensor) -> Tensor:
        """The guessed code (R, K D) from the condition (R, C), the ending (R, X) and the mean's code (R, K D)."""
        code: Tensor = self.guess(condition) + self.carry(ending) + self.pull(mean)
        return code.float()

    def units(self, known: Tensor) -> Tensor:
        """Usual size of the guess's error (R, K D), with and without a known ending (R,)."""
        return torch.where(known[:, None] > 0, self.spread[1], self.spread[0])

    def encode(self, values: Tensor, last: Tensor, known: Tensor) -> Tensor:
        """Values (R, K D) -> code (R, K D), relative to the last frame (R, D) where it is known (R,)."""
        frames = values.unflatten(1, (self.frames, -1)) - (last * known[:, None])[:, None]
        return torch.einsum("fk,rkd->rfd", self.basis, frames).flatten(1)

    def decode(self, code: Tensor, last: Tensor, known: Tensor) -> Tensor:
        """The inverse of `encode`, kept within 10 standard deviations so that no error can run away."""
        frames = torch.einsum("fk,rfd->rkd", self.basis, code.unflatten(1, (self.frames, -1)))
        values = (frames + (last * known[:, None])[:, None]).flatten(1)
        return values.clamp(-_FARTHEST, _FARTHEST)

    @torch.no_grad()
    def learn_units(self, error: Tensor, known: Tensor, rate: float) -> None:
        """Move the units towards the root mean square of the guess's error (R, K D), a `rate` of the way."""
        for row, chosen in enumerate((known <= 0, known > 0)):
            if chosen.any():
                seen = error[chosen].float().square().mean(0)
                square = self.spread[row].square().lerp(seen, rate)
                self.spread[row] = square.sqrt().clamp_min(_LEAST_SPREAD)


def cosines(count: int) -> Tensor:
    """The orthonormal cosine basis (DCT-II) of `count` frames: (coefficient, frame)."""
    frame = torch.arange(count, dtype=torch.float64)
    table = torch.cos(math.pi / count * (frame[None] + 0.5) * frame[:, None]) * math.sqrt(2 / count)
    table[0] /= math.sqrt(2)
    return table.float()
