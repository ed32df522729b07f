"""People who hardly move, and the nods they are given."""

from __future__ import annotations

import numpy as np

from visavis.core.spaces import space_named

FRAMES = 1000


def swing(signal: np.ndarray, onset: int, hertz: float, cycles: float, peak_to_peak: float) -> None:
    """A nod as people make it: first down (positive), `cycles` times, in one raised-cosine movement."""
    length = round(25 * cycles / hertz)
    time = np.arange(length) / 25
    signal[onset : onset + length] += peak_to_peak / 2 * (1 - np.cos(2 * np.pi * hertz * time))


def still(space_name: str = "arkit61") -> np.ndarray:
    noise = np.random.default_rng(0).normal(size=(FRAMES, space_named(space_name).width))
    return (0.002 * noise).astype(np.float32)
