"""When lips close: at p, b and m where phonemes are known, between openings where they are not.

Shapes: B windows, T frames, D channels, N phonemes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from visavis.analysis.lips import gap_of, lip_gap
from visavis.core.conversation import Event
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.encode.activity import Voice

if TYPE_CHECKING:
    from torch import Tensor

BILABIALS = ("p", "b", "m")
_NEAR_FRAMES = 5
_CLOSED_SHARE = 0.25
_LEAST_OPENING = 0.06


def closed_level(motion: Motion, voice: Voice) -> float:
    """The lip gap that counts as closed: half this mouth's median gap while speaking; NaN if the person never speaks.

    Its own, so that mouths of other rigs and of people who open less are judged alike, and no mouth closes by never
    opening.
    """
    frames = min(len(motion), len(voice))
    gap = lip_gap(motion)[:frames][voice.speaking[:frames]]
    return float(np.median(gap) / 2) if len(gap) else float("nan")


def closed_in(motion: Motion, phonemes: Iterable[Event], closed: float) -> np.ndarray:
    """In which phonemes the lip gap falls to `closed` (see `closed_level`): (N,) bool, without those past the end.

    Frames from one before the phoneme to one after count.
    """
    gap = lip_gap(motion)
    spans = [gap[_around(event)] for event in phonemes]
    return np.array([float(span.min()) for span in spans if len(span)]) <= closed


def closest_frame(motion: Motion, phoneme: Event) -> int | None:
    """The frame in which the lip gap is smallest, of those that `closed_in` looks at; None where there is none."""
    span = _around(phoneme)
    gap = lip_gap(motion)[span]
    return span.start + int(np.argmin(gap)) if len(gap) else None


def is_bilabial(phoneme: Event) -> bool:
    """Whether a phoneme is p, b or m (by its label; length and stress marks are ignored)."""
    return phoneme.label[:1] in BILABIALS


def closures(motion: Tensor, space: MotionSpace) -> Tensor:
    """Where the lips are closed between openings (B, T) bool, from motion (B, T, D) in the space's own units.

    The lips' gap (JawOpen less MouthClose) is there below a quarter of its largest within 0.2 s either way, which is
    at least 0.06; a mouth at rest does not count. In spaces without these channels nowhere.
    """
    import torch
    import torch.nn.functional as F

    if not {"JawOpen", "MouthClose"} <= set(space.channels):
        return torch.zeros(motion.shape[:2], dtype=torch.bool, device=motion.device)
    gap = gap_of(motion, space)
    largest = F.max_pool1d(gap[:, None], 2 * _NEAR_FRAMES + 1, stride=1, padding=_NEAR_FRAMES)[:, 0]
    return (gap < _CLOSED_SHARE * largest) & (largest >= _LEAST_OPENING)


def _around(phoneme: Event) -> slice:
    """A phoneme's frames, one more before and one after."""
    return slice(max(0, phoneme.onset - 1), phoneme.onset + phoneme.duration + 1)
