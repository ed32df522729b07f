"""How a window is joined to the one before, of which it has drawn the last frames once more: nothing jolts.

Shapes: T frames, O of the overlap, D motion channels; (...) conversations and people.
"""

from __future__ import annotations

import functools

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

_ORDER = 3
_BENT_FRAMES = 16
_STIFFNESS = 0.05
"""What an added value costs beside jerk; a jump is gone after five frames."""


def carried_on(last: Tensor, drawn: Tensor, soft: Tensor) -> Tensor:
    """The new frames (..., T, D) of a window (..., O + T, D) that go on from the overlap as it was before, `last`
    (..., O, D).

    Channels that are `soft` (D,) bool, in which people never jolt, are bent. In the others, such as lips and looks,
    that would take away what is quick by nature: there, how far the overlap lies from what it was comes to rest.
    """
    new = drawn[..., last.shape[-2] :, :]
    return torch.where(soft.to(new.device), bent(last, new), _coming_to_rest(last, drawn))


def crossfaded(last: Tensor, beyond: Tensor, drawn: Tensor, slow: Tensor) -> Tensor:
    """The new frames (..., T, D) of a window (..., O + T, D) that go on from the overlap as it was before, `last`
    (..., O, D), and from the frames after it that were drawn then, too, `beyond` (..., M, D).

    Channels that are `slow` (D,) bool go over from the latter to the new ones, so that who was about to look elsewhere
    does not think better of it at a joint; in the others how far the overlap lies from what it was comes to rest.
    """
    new, over = drawn[..., last.shape[-2] :, :], beyond.shape[-2]
    share = (torch.arange(over, device=new.device) + 1) / (over + 1)
    going_over = beyond.lerp(new[..., :over, :], share[:, None].to(new))
    faded = torch.cat([going_over, new[..., over:, :]], dim=-2)
    return torch.where(slow.to(new.device), faded, _coming_to_rest(last, drawn))


def _coming_to_rest(last: Tensor, drawn: Tensor) -> Tensor:
    """The new frames of a window, with how far its overlap lies from what it was, which comes to rest."""
    overlap = last.shape[-2]
    again, new = drawn[..., :overlap, :], drawn[..., overlap:, :]
    return new + bent(last - again, torch.zeros_like(new))


def bent(before: Tensor, new: Tensor) -> Tensor:
    """New frames (..., T, D) that go on from the frames `before` (..., O, D): with what is added to the first of them
    so that jerk (the third difference) across the joint, jerk of what is added, and what is added itself are least."""
    known = min(_ORDER, before.shape[-2])
    frames = min(_BENT_FRAMES, new.shape[-2] - _ORDER)
    if not known or frames < 1:
        return new
    across = torch.cat([before[..., -known:, :], new[..., : frames + _ORDER, :]], dim=-2)
    added = torch.from_numpy(_added(known, frames)).to(new) @ across
    return new + F.pad(added, (0, 0, 0, new.shape[-2] - frames))


@functools.cache
def _added(known: int, frames: int) -> np.ndarray:
    """What is added to the first `frames`, by the `known` frames before them, themselves, and as many after them as
    jerk reaches (frames, known + frames + 3): the least squares."""
    jerk = np.diff(np.eye(known + frames + _ORDER), n=_ORDER, axis=0)
    movable = slice(known, known + frames)
    across, within = jerk[:known], jerk[known:, movable]
    costs = across[:, movable].T @ across[:, movable] + within.T @ within + _STIFFNESS * np.eye(frames)
    return np.asarray(-np.linalg.solve(costs, across[:, movable].T @ across))
