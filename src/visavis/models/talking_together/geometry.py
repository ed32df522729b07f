"""Gaze and rigid motion of heads, differentiable, from motion of any space that turns head and eyes.

A face looks along +z of its own frame; gaze = neck, then head, then the mean of both eyes.

Shapes: (...) any axes, T frames, D motion channels.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from visavis.core.spaces import MotionSpace, Rotation
from visavis.layers.rotation import matrices, multiply, to_quaternion, turned

_LEAST = 1e-6


class HeadGeometry:
    """Where heads and eyes of a motion space point; `sees` and `turns` say whether the space has what it takes."""

    def __init__(self, space: MotionSpace) -> None:
        self.head = (*space.rotations_in("neck"), *space.rotations_in("pose"))
        self.eyes = space.rotations_in("gaze")

    @property
    def turns(self) -> bool:
        """Whether the space turns the head."""
        return bool(self.head)

    @property
    def sees(self) -> bool:
        """Whether it turns head and eyes."""
        return bool(self.head and self.eyes)

    def head_turn(self, motion: Tensor) -> Tensor:
        """How neck and head together turn a face (..., 4), from motion (..., D) in the space's units."""
        turns = [quaternion_of(motion, rotation) for rotation in self.head]
        whole = turns[0]
        for turn in turns[1:]:
            whole = multiply(whole, turn)
        return whole

    def head_matrix(self, motion: Tensor) -> Tensor:
        """The same as rotation matrices (..., 3, 3)."""
        return matrices(self.head_turn(motion))

    def facing(self, motion: Tensor) -> Tensor:
        """Unit vectors (..., 3) along which faces point."""
        return turned(self.head_turn(motion), _ahead(motion))

    def gaze(self, motion: Tensor) -> Tensor:
        """Unit vectors (..., 3) along which people look."""
        head = self.head_turn(motion)
        return looked_along([multiply(head, quaternion_of(motion, eye)) for eye in self.eyes])


def quaternion_of(motion: Tensor, rotation: Rotation) -> Tensor:
    """What one rotation of a space does in motion (..., D): unit quaternions (..., 4)."""
    return to_quaternion(motion[..., list(rotation.channels)], rotation.form)


def looked_along(eyes: Sequence[Tensor]) -> Tensor:
    """The mean direction, unit vectors (..., 3), in which eyes look that are turned so (..., 4)."""
    mean = torch.stack([turned(eye, _ahead(eye)) for eye in eyes]).mean(0)
    directions: Tensor = mean / mean.norm(dim=-1, keepdim=True).clamp_min(_LEAST)
    return directions


def cosine_distance(first: Tensor, second: Tensor) -> Tensor:
    """1 - cosine of the angle (...) between unit vectors (..., 3)."""
    return (first - second).square().sum(-1) / 2


def turning(facing: Tensor) -> Tensor:
    """How much heads turn over T frames, 0 to 1: the circular variance (...) of directions (..., T, 3)."""
    variance: Tensor = 1 - facing.mean(-2).norm(dim=-1)
    return variance


def most_turning(turns: Tensor, share: float) -> Tensor:
    """Which rows (B,) bool are among the `share` of a batch in which heads turn most, at least one of them."""
    count = min(len(turns), max(1, round(share * len(turns))))
    chosen = torch.zeros_like(turns, dtype=torch.bool)
    chosen[turns.topk(count).indices] = True
    return chosen


def _ahead(motion: Tensor) -> Tensor:
    return motion.new_tensor([0.0, 0.0, 1.0])
