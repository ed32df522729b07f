"""FiLM: a condition scales and shifts features, frame by frame (Perez et al., arXiv 1709.07871).

Shapes: R rows, T frames, C width of the features, Z width of the condition.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True, eq=False)
class FilmScales:
    """gamma and beta, which multiply and shift features: (R, T, C), or (R, 1, C) for all frames alike."""

    gamma: Tensor
    beta: Tensor

    def apply(self, features: Tensor) -> Tensor:
        """(1 + gamma) features + beta, for features (R, T, C)."""
        return features + (self.gamma * features + self.beta)

    def plus(self, other: FilmScales) -> FilmScales:
        """What both do together."""
        return FilmScales(self.gamma + other.gamma, self.beta + other.beta)


class Film(nn.Module):
    """Conditions -> gamma and beta; linear, so that conditions whose scales are added act together.

    It starts as the identity: gamma and beta are 0. `bias` belongs to one of several conditions.
    """

    def __init__(self, condition: int, width: int, bias: bool = True) -> None:
        super().__init__()
        self.linear = nn.Linear(condition, 2 * width, bias=bias)
        nn.init.zeros_(self.linear.weight)
        if bias:
            nn.init.zeros_(self.linear.bias)

    def forward(self, condition: Tensor) -> FilmScales:
        """From a condition (R, T, Z)."""
        return FilmScales(*self.linear(condition).chunk(2, dim=-1))
