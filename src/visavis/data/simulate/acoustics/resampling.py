"""Pitch and formants moved together: a smaller or larger speaker, by playing a phrase faster or slower."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import soxr

from visavis.core.clock import SAMPLE_RATE


@dataclass(frozen=True, eq=False)
class Resampled:
    """Sound (S,) float32 at 16 kHz whose pitch and formants are `factor` times as high; it is as much shorter."""

    sound: np.ndarray
    factor: float

    def at(self, sample: int) -> int:
        """Where a sample of the sound before, counted at 16 kHz, has gone (for phoneme and word times)."""
        return min(round(sample / self.factor), len(self.sound))


def resampled(sound: np.ndarray, factor: float, rate: int = SAMPLE_RATE) -> Resampled:
    """Play sound of a sample `rate` [Hz] `factor` times as fast; 0.88 to 1.14 still sounds like a person.

    A factor below 1 leaves nothing above `factor * rate / 2`, so hand in the rate that the synthesiser speaks at.
    """
    if factor == 1 and rate == SAMPLE_RATE:
        return Resampled(np.asarray(sound, dtype=np.float32), factor)
    faster = soxr.resample(np.asarray(sound, dtype=np.float32), rate * factor, SAMPLE_RATE)
    return Resampled(np.asarray(faster, dtype=np.float32), factor)
