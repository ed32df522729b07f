"""When a person listens, and what lies near speech: masks over frames. Shapes: T frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from visavis.core.clock import FPS
from visavis.encode.activity import Voice, runs


def listening_mask(voice: Voice, frames: int) -> np.ndarray:
    """Where the person of this voice listens: (frames,) bool, false in utterances of a second or longer.

    Shorter ones are backchannels ("mhm"), which listeners utter while they nod.
    """
    listening = np.ones(frames, dtype=bool)
    for first, stop in runs(voice.speaking):
        if stop - first >= FPS:
            listening[first:stop] = False
    return listening


def widened(active: np.ndarray, before: int, after: int | None = None) -> np.ndarray:
    """A mask (T,) bool whose stretches begin `before` frames earlier and end `after` frames later (None: as many)."""
    after = before if after is None else after
    counts = np.concatenate([[0], np.cumsum(active)])
    first = np.maximum(np.arange(len(active)) - after, 0)
    stop = np.minimum(np.arange(len(active)) + before + 1, len(active))
    return np.asarray(counts[stop] > counts[first])


def only_while(onsets: Sequence[int], mask: np.ndarray | None) -> list[int]:
    """The onset frames at which a mask (T,) bool is true; all of them without a mask."""
    return [onset for onset in onsets if mask is None or (onset < len(mask) and mask[onset])]
