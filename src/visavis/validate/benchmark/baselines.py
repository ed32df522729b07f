"""Baselines that need no training: the mean face, a held frame, motion of somebody else, loudness alone.

Shapes: T frames, D channels. Every baseline has the target's length and space.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from visavis.analysis.lip_sync import QUIETEST_DB
from visavis.analysis.lips import mouth_opening
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.encode.activity import Voice


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


def loudness_alone(target: Motion, voice: Voice) -> Motion:
    """The mouth that loudness alone opens: at rest but for the jaw, whose opening is linear in the voice's level [dB].

    It has the true opening's mean and spread while the person speaks, so that it closes where the voice dips (below 0
    in silence: it is judged, never shown; an angle has no sign, and is raised to 0 as a whole). A person who never
    speaks has the mouth shut.
    Raises `VisavisError` where the space has no jaw.
    """
    frames = min(len(target), len(voice))
    level = np.maximum(voice.loudness[:frames], QUIETEST_DB).astype(np.float64)
    speaking, true = voice.speaking[:frames], mouth_opening(target)[:frames]
    opening = np.zeros(frames)
    if speaking.any() and level[speaking].std() > 0:
        place = (level - level[speaking].mean()) / level[speaking].std()
        opening = place * true[speaking].std() + true[speaking].mean()
    values = np.zeros((frames, target.space.width), dtype=np.float32)
    if "JawOpen" in target.space.channels:
        values[:, target.space.indices("JawOpen")[0]] = opening
    else:
        values[:, target.space.indices("jaw")[0]] = opening - min(float(opening.min()), 0.0)
    return Motion(values, target.space, target.fps)


def fitted(motion: Motion, frames: int) -> Motion:
    """`motion` cut, or repeated forwards and backwards, to `frames` frames."""
    if len(motion) == 0:
        raise VisavisError("a baseline needs motion of one frame or more")
    there_and_back = np.concatenate([motion.values, motion.values[::-1]])
    return Motion(np.resize(there_and_back, (frames, motion.values.shape[1])), motion.space, motion.fps)
