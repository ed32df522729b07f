"""Room tone: the faint noise that stands for the voice of an agent that says nothing. S samples at 16 kHz."""

from __future__ import annotations

import numpy as np

from visavis.core.clock import SAMPLE_RATE

ROOM_TONE_DB = -60.0
"""Level of the noise below full scale. Models know silence from recordings, which are never digitally silent: in
exact zeros `timar-small` keeps the mouth a third open, in this it closes it."""
_NOISE = np.random.default_rng(0).standard_normal(SAMPLE_RATE).astype(np.float32) * np.float32(
    10 ** (ROOM_TONE_DB / 20)
)
_TWICE = np.tile(_NOISE, 2)


def room_tone(start: int, stop: int) -> np.ndarray:
    """Room tone from the sample `start` to `stop` of the audio clock (S,); one second that comes again and again."""
    first = start % SAMPLE_RATE
    if first + stop - start <= len(_TWICE):
        return _TWICE[first : first + stop - start].copy()
    return _NOISE[np.arange(start, stop) % len(_NOISE)]
