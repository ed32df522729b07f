"""When people smile, raise their brows and blink: a signal rises above its rest, where a space names the channels.

Shapes: T frames. Detectors give onset frames in ascending order; docs/metrics.md states each in words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.analysis.listening import only_while
from visavis.core.motion import Motion
from visavis.encode.activity import runs

BROW_RAISERS = ("BrowInnerUp", "BrowOuterUpLeft", "BrowOuterUpRight")


@dataclass(frozen=True)
class Rise:
    """What counts as a raised signal: `height` above the clip's resting level for `shortest` to `longest` frames."""

    height: float
    shortest: int
    longest: int | None = None


SMILE = Rise(height=0.2, shortest=10)
BROW_RAISE = Rise(height=0.15, shortest=4)
BLINK = Rise(height=0.4, shortest=1, longest=15)


def smiles(motion: Motion, listening: np.ndarray | None = None) -> list[int]:
    """Onsets of smiles: both mouth corners up (see `SMILE`)."""
    return only_while(_rises(motion["smile"].mean(axis=1), SMILE), listening)


def brow_raises(motion: Motion, listening: np.ndarray | None = None) -> list[int]:
    """Onsets of brow raises: inner and outer brows up (see `BROW_RAISE`)."""
    signal = np.concatenate([motion[name] for name in BROW_RAISERS], axis=1).mean(axis=1)
    return only_while(_rises(signal, BROW_RAISE), listening)


def blinks(motion: Motion, listening: np.ndarray | None = None) -> list[int]:
    """Onsets of blinks: both lids closed and open again within 0.6 s (see `BLINK`)."""
    return only_while(_rises(motion["blink"].mean(axis=1), BLINK, smooth=False), listening)


def _rises(signal: np.ndarray, kind: Rise, *, smooth: bool = True) -> list[int]:
    """Onsets of stretches in which `signal` (T,) rises `kind.height` above its resting level (20 % quantile).

    A stretch is where it lies above 30 % of the height, and it must reach the height.
    """
    if len(signal) == 0:
        return []
    if smooth:
        signal = np.convolve(np.pad(signal, 2, mode="edge"), np.full(5, 0.2), mode="valid")
    place = (signal - np.quantile(signal, 0.2)) / kind.height
    longest = len(signal) if kind.longest is None else kind.longest
    return [
        first
        for first, stop in runs(place > 0.3)
        if kind.shortest <= stop - first <= longest and place[first:stop].max() >= 1
    ]
