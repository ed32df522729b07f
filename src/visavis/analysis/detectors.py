"""One stated detector for each visible reaction, by its name: nod, shake, smile, brow raise, blink.

Shapes: T frames. What each looks for: `head_gestures`, `face_gestures`, and docs/metrics.md in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from visavis.analysis.face_gestures import BROW_RAISERS, blinks, brow_raises, smiles
from visavis.analysis.head import has_head
from visavis.analysis.head_gestures import nods, shakes
from visavis.core.errors import unknown
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace

Detector = Callable[[Motion, "np.ndarray | None"], "list[int]"]
DETECTORS: Mapping[str, Detector] = MappingProxyType(
    {"nod": nods, "shake": shakes, "smile": smiles, "brow raise": brow_raises, "blink": blinks}
)
_SEEN_IN: Mapping[str, tuple[str, ...]] = {"smile": ("smile",), "brow raise": BROW_RAISERS, "blink": ("blink",)}
"""The parts and channels of reactions that are not movements of the head."""


def detects(kind: str, space: MotionSpace) -> bool:
    """Whether a space has the channels that a kind of reaction is seen in."""
    if kind not in _SEEN_IN:
        return has_head(space)
    return all(name in space.parts or name in space.channels for name in _SEEN_IN[kind])


def shows(kind: str, motion: Motion) -> bool:
    """Whether a motion's space has the channels that a kind of reaction is seen in, and they are known."""
    return detects(kind, motion.space) and all(map(motion.knows, _SEEN_IN.get(kind, ("pose",))))


def detect(kind: str, motion: Motion, listening: np.ndarray | None = None) -> list[int]:
    """Onset frames of one kind of reaction; raises `VisavisError` for an unknown kind or a space without it."""
    if kind not in DETECTORS:
        raise unknown("reaction", kind, DETECTORS)
    return DETECTORS[kind](motion, listening)
