"""Moments in which the lips close while the mouth moves, as for p, b and m: rare, short, and what people look at.

Shapes: B windows, T frames, D channels.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from visavis.core.spaces import MotionSpace

_NEAR_FRAMES = 5
_CLOSED_SHARE = 0.25
_LEAST_OPENING = 0.06


def closures(motion: Tensor, space: MotionSpace) -> Tensor:
    """Where the lips are closed between openings (B, T) bool, from motion (B, T, D) in the space's own units.

    The lips' gap (JawOpen less MouthClose) is there below a quarter of its largest within 0.2 s either way, which is
    at least 0.06; a mouth at rest does not count. In spaces without these channels nowhere.
    """
    if not {"JawOpen", "MouthClose"} <= set(space.channels):
        return torch.zeros(motion.shape[:2], dtype=torch.bool, device=motion.device)
    opening, closing = (motion[..., space.channels.index(name)] for name in ("JawOpen", "MouthClose"))
    gap = opening - closing
    largest = F.max_pool1d(gap[:, None], 2 * _NEAR_FRAMES + 1, stride=1, padding=_NEAR_FRAMES)[:, 0]
    return (gap < _CLOSED_SHARE * largest) & (largest >= _LEAST_OPENING)
