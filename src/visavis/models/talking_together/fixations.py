"""Eyes rest on what they look at and jump to the next thing; what a network draws drifts in between.

    drawn         where the eyes look past the partner's, frame by frame: slow waves about the partner and about things
    rested        held until what is drawn has gone so far away from it, then where it goes (fixations and saccades)
    as people     how far past the partner each fixation is, by what is as rare in people (`Aims`)

Shapes: B conversations, P = 2 people, T frames, K knots; looks are pairs (..., 2), down and aside [rad], which are 0 at
the partner.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from visavis.core.bounds import Bounds, require_bounds
from visavis.core.errors import VisavisError

Angle = Annotated[float, Bounds(0, math.pi)]
REST_RAD = 0.1
"""How far what is drawn usually goes before eyes leave for it."""
_AHEAD, _LEAST = 4, 5
"""Frames in which eyes that leave know where they go, and that they rest at least."""
_SMALLEST = 1e-9


@dataclass(frozen=True)
class Aims:
    """How far people look past the partner, `people` (K,), where what is drawn looks as far as `drawn` (K,) [rad], both
    rising from 0 and ending alike; in between it is interpolated, and farther looks stay. None of them: all stay.

    Raises `VisavisError` for others.
    """

    drawn: tuple[Angle, ...] = ()
    people: tuple[Angle, ...] = ()

    def __post_init__(self) -> None:
        require_bounds(self)
        rising = all(a < b for knots in (self.drawn, self.people) for a, b in itertools.pairwise(knots))
        ends = [(knots[0], knots[-1]) for knots in (self.drawn, self.people) if knots]
        if not rising or len(self.drawn) != len(self.people) or (ends and (ends[0] != ends[1] or ends[0][0] != 0)):
            raise VisavisError(
                f"aims from {self.drawn} to {self.people} cannot be; both rise from 0, are as many and end alike"
            )

    def as_people(self, looks: Tensor) -> Tensor:
        """Looks (..., 2) as far past the partner as people's, in the same direction."""
        if not self.drawn:
            return looks
        size = looks.norm(dim=-1, keepdim=True)
        drawn, people = looks.new_tensor(self.drawn), looks.new_tensor(self.people)
        knot = torch.searchsorted(drawn, size.detach(), right=True).clamp(1, len(drawn) - 1)
        share = (size - drawn[knot - 1]) / (drawn[knot] - drawn[knot - 1])
        wanted = torch.where(size < drawn[-1], torch.lerp(people[knot - 1], people[knot], share), size)
        moved: Tensor = looks * (wanted / size.clamp_min(_SMALLEST))
        return moved


@dataclass(frozen=True, eq=False)
class Fixation:
    """What eyes rest on: the look that was drawn when they jumped there (B, P, 2), and since how many frames (B, P)."""

    look: Tensor
    frames: Tensor


def no_fixation(batch: int, people: int, like: Tensor) -> Fixation:
    """That of people who have looked nowhere yet, on the device of a tensor."""
    look, frames = like.new_zeros(batch, people, 2), torch.full((batch, people), -1, device=like.device)
    return Fixation(look, frames)


def rested(drawn: Tensor, last: Fixation, leave: float, aims: Aims, count: int) -> tuple[Tensor, Fixation]:
    """Looks (B, P, `count`, 2) that rest and jump as people's do, of as many or more drawn (B, P, T, 2), on from the
    `last` fixation; and the one at their end. Eyes rest until what is drawn is `leave` [rad] away.

    A jump takes two frames, as people's take 20 to 80 ms.
    """
    begins = last.frames < 0
    look = torch.where(begins[..., None], drawn[..., 0, :], last.look)
    frames = torch.where(begins, torch.full_like(last.frames, _LEAST), last.frames)
    seen = [aims.as_people(look)]
    for frame in range(count):
        leaves = ((drawn[..., frame, :] - look).norm(dim=-1) > leave) & (frames >= _LEAST)
        target = drawn[..., min(frame + _AHEAD, drawn.shape[-2] - 1), :]
        look = torch.where(leaves[..., None], target, look)
        frames = torch.where(leaves, torch.zeros_like(frames), frames + 1)
        seen.append(aims.as_people(look))
    whole = torch.stack(seen, dim=-2)
    return (whole[..., 1:, :] + whole[..., :-1, :]) / 2, Fixation(look, frames)
