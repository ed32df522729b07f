"""Rooms: synthetic impulse responses of a few early reflections and an exponentially decaying tail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.core.clock import SAMPLE_RATE
from visavis.data.simulate.acoustics.filters import Filter

_TAIL_STARTS_S = 0.004
_TRUNCATED_DB = 50.0


@dataclass(frozen=True)
class Room:
    """A room by its reverberation time `rt60_s` and the `direct_db` by which the direct sound exceeds all reflections.

    High frequencies die away `dullness` times as fast; `reflections` are heard one by one within the first 40 ms.
    """

    rt60_s: float
    direct_db: float
    dullness: float = 1.6
    reflections: int = 7

    def response(self, rng: np.random.Generator) -> Filter:
        """An impulse response of this room: its first tap is the direct sound, 1; the energy of the rest as drawn."""
        length = round(max(self.rt60_s * _TRUNCATED_DB / 60, 0.06) * SAMPLE_RATE)
        time = np.arange(length) / SAMPLE_RATE
        noise = rng.standard_normal(length)
        low = np.convolve(noise, (0.25, 0.5, 0.25), "same")
        decay = np.log(1000) * time / self.rt60_s
        taps = low * np.exp(-decay) + (noise - low) * np.exp(-decay * self.dullness)
        taps *= np.clip((time - _TAIL_STARTS_S) / 0.02, 0, 1)
        tail = float(np.sqrt(np.sum(taps**2)))
        at = np.unique(rng.integers(round(0.0015 * SAMPLE_RATE), round(0.04 * SAMPLE_RATE), self.reflections))
        taps[at] += rng.choice([-1.0, 1.0], len(at)) * rng.uniform(0.4, 1, len(at)) * np.exp(-decay[at]) * tail * 0.4
        taps *= 10 ** (-self.direct_db / 20) / np.sqrt(np.sum(taps**2))
        taps[0] = 1.0
        return Filter(taps.astype(np.float32))
