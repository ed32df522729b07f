"""Records of streaming: what goes into a model and comes out of it; inputs by name, people as an axis.

Shapes: B conversations, P people, T frames, S sound samples, E speech features a frame, D motion channels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor


class Chunk:
    """What arrives between two steps, by the names of the model's inputs: `Chunk(user_speech=..., agent_speech=...)`.

    The same may be given as one mapping.
    Sound is (B, S) at 16 kHz, motion and signals are (B, T, width); an input that is None or left out is unknown.
    known: by the same names, false where an input is lost (B, T) bool; what is not named there is known throughout.
    guidance: (B,) how the rows are guided in the steps that this lets be drawn (None: as the system is).
    """

    __slots__ = ("guidance", "known", "values")

    values: Mapping[str, Tensor]
    known: Mapping[str, Tensor]
    guidance: Tensor | None

    def __init__(
        self,
        values: Mapping[str, Tensor | None] | None = None,
        /,
        *,
        known: Mapping[str, Tensor] | None = None,
        guidance: Tensor | None = None,
        **named: Tensor | None,
    ) -> None:
        every = {**(values or {}), **named}
        self.values = {name: value for name, value in every.items() if value is not None}
        self.known = dict(known or {})
        self.guidance = guidance

    def __getitem__(self, name: str) -> Tensor:
        return self.values[name]


@dataclass(frozen=True, eq=False)
class StepInput:
    """One step's input to a model, by the names of its inputs; each lasts as long as its `InputSpec` says.

    values: speech features (B, T, E), motion (B, T, D) in the space's units, signals (B, T, width). known: (B, T) bool,
    false where an input is lost or lies before the beginning; it is zero there (speech: what silence sounds like).
    guidance: (B,) how the rows are guided (None: as the model is); a model that is not guidable leaves it alone.
    """

    values: Mapping[str, Tensor]
    known: Mapping[str, Tensor]
    guidance: Tensor | None = None

    def __getitem__(self, name: str) -> Tensor:
        return self.values[name]


@dataclass(frozen=True, eq=False)
class StepMotion:
    """Motion (B, P, T, D) of everybody whom a model moves, in the space's units.

    mean: the predicted mean of the same shape, where the model has one. labels: what it says of each frame, by name,
    the number of a class (B, P, T) int64.
    """

    sample: Tensor
    mean: Tensor | None = None
    labels: Mapping[str, Tensor] = field(default_factory=dict)


def no_frames(
    rows: int, people: int, width: int, labels: Iterable[str], mean: bool = False, device: torch.device | None = None
) -> StepMotion:
    """A step without frames, of a model with these labels, and a mean or none."""
    sample = torch.zeros(rows, people, 0, width, device=device)
    nobody = torch.zeros(rows, people, 0, dtype=torch.int64, device=device)
    return StepMotion(sample, sample if mean else None, dict.fromkeys(labels, nobody))


def joined(steps: Sequence[StepMotion], nothing: StepMotion) -> StepMotion:
    """Steps after one another. nothing: a step without frames, which says whether there is a mean, and which labels."""
    means = [nothing.mean, *(one.mean for one in steps)]
    return StepMotion(
        torch.cat([nothing.sample, *(one.sample for one in steps)], dim=2),
        None if nothing.mean is None else torch.cat([mean for mean in means if mean is not None], dim=2),
        {name: torch.cat([none, *(one.labels[name] for one in steps)], dim=2) for name, none in nothing.labels.items()},
    )
