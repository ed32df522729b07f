"""Latency of a live session in parts: how late a frame is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.core.clock import FPS


@dataclass(frozen=True)
class Latency:
    """Frame k is shown `total_s` after its place k / 25 s on the audio clock. All in seconds.

    algorithmic_s: until the input that a frame may depend on has come: the step and what the model looks ahead.
    compute_p50_s, compute_p95_s: time to draw a step, over the last steps (0 before the first).
    buffer_s: what the session was told to keep for input and frames that come late.
    resampling_s: until input that comes at another rate than 16 kHz or 25 fps is resampled.
    """

    algorithmic_s: float
    compute_p50_s: float
    compute_p95_s: float
    buffer_s: float
    resampling_s: float = 0.0

    @property
    def total_s(self) -> float:
        """From a place on the audio clock to the frame that is shown for it."""
        return self.algorithmic_s + self.resampling_s + self.compute_p95_s + self.buffer_s


def latency(frames: int, spent_s: Sequence[float], buffer_s: float) -> Latency:
    """The latency of a system that needs so many frames of input from a frame on, from the last times it took."""
    p50, p95 = np.quantile(spent_s, [0.5, 0.95]) if spent_s else (0.0, 0.0)
    return Latency(frames / FPS, float(p50), float(p95), buffer_s)
