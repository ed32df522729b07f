"""Baselines that need no training: what a useless model scores.

Shapes: T frames, D channels. Every baseline has the target's length and space.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace


def mean_face(mean: np.ndarray, space: MotionSpace, frames: int) -> Motion:
    """The face `mean` (D,), usually of the training set, held for `frames` frames."""
    return Motion(np.tile(np.asarray(mean, dtype=np.float32), (frames, 1)), space)


def face_mean(motions: Iterable[Motion]) -> np.ndarray:
    """The mean frame (D,) of all motions together."""
    total: np.ndarray | None = None
    count = 0
    for motion in motions:
        part = motion.values.sum(axis=0, dtype=np.float64)
        total = part if total is None else total + part
        count += len(motion)
    if total is None or count == 0:
        raise VisavisError("a mean face needs motion of one frame or more")
    return (total / count).astype(np.float32)


def first_frame(target: Motion) -> Motion:
    """The target's first frame, held; knows the person's face and nothing else."""
    return Motion(np.repeat(target.values[:1], len(target), axis=0), target.space, target.fps)


def copied_partner(partner: Motion, frames: int) -> Motion:
    """The partner's own motion, `frames` long (repeated from its start where it is shorter)."""
    return fitted(partner, frames)


def other_clip(other: Motion, frames: int) -> Motion:
    """True motion of another clip: real in every way except that it does not belong to this conversation."""
    return fitted(other, frames)


def fitted(motion: Motion, frames: int) -> Motion:
    """`motion` cut, or repeated forwards and backwards, to `frames` frames."""
    if len(motion) == 0:
        raise VisavisError("a baseline needs motion of one frame or more")
    there_and_back = np.concatenate([motion.values, motion.values[::-1]])
    return Motion(np.resize(there_and_back, (frames, motion.values.shape[1])), motion.space, motion.fps)
