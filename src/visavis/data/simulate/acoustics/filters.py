"""Filters that keep sound where it is in time: symmetric ones from a gain curve, and block convolution. S = samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from visavis.core.clock import SAMPLE_RATE

Decibels = Callable[[np.ndarray], np.ndarray]
"""Gain [dB] at frequencies [Hz]."""

_TAPS = 512
_LOWEST_HZ = 20.0


@dataclass(frozen=True, eq=False)
class Filter:
    """An impulse response `taps` (N,) whose undelayed sound is tap number `centre`."""

    taps: np.ndarray
    centre: int = 0

    def after(self, first: Filter) -> Filter:
        """One filter that does what `first` and then this one do."""
        size = _smooth(len(self.taps) + len(first.taps) - 1)
        spectrum = np.fft.rfft(self.taps, size) * np.fft.rfft(first.taps, size)
        taps = np.fft.irfft(spectrum, size)[: len(self.taps) + len(first.taps) - 1]
        return Filter(taps.astype(np.float32), self.centre + first.centre)

    def applied(self, sound: np.ndarray) -> np.ndarray:
        """The filtered sound (S,) float32, not delayed; exactly 0 wherever no sound reaches."""
        length, reach = len(sound), len(self.taps) - 1
        size = 1 << max(15, int(np.ceil(np.log2(2 * reach + 2))))
        hop = size - reach
        blocks = -(-(length + reach) // hop)
        padded = np.zeros(blocks * hop, dtype=np.float32)
        padded[:length] = sound
        spectra = np.fft.rfft(padded.reshape(blocks, hop), size, axis=1)
        parts = np.fft.irfft(spectra * np.fft.rfft(self.taps.astype(np.float32), size), size, axis=1)
        whole = parts[:, :hop]
        whole[1:, :reach] += parts[:-1, hop:]
        filtered = whole.reshape(-1)[self.centre : self.centre + length]
        for start, stop in silences(sound, reach + 1):
            first = start + reach - self.centre if start else 0
            filtered[first : max(stop - self.centre, 0) if stop < length else length] = 0
        return np.ascontiguousarray(filtered, dtype=np.float32)


def shaped(decibels: Decibels) -> Filter:
    """A symmetric filter with a gain curve, resolved to about 60 Hz."""
    hertz = np.maximum(np.fft.rfftfreq(_TAPS, 1 / SAMPLE_RATE), _LOWEST_HZ)
    taps = np.fft.fftshift(np.fft.irfft(10 ** (decibels(hertz) / 20), _TAPS)) * np.hanning(_TAPS + 1)[:-1]
    return Filter(taps.astype(np.float32), _TAPS // 2)


def silences(sound: np.ndarray, shortest: int) -> list[tuple[int, int]]:
    """Where at least `shortest` samples are exactly 0: start and stop of each such stretch; ends count as silent."""
    heard = np.flatnonzero(sound)
    edges = np.concatenate([[-1 - shortest], heard, [len(sound) + shortest]])
    gaps = np.flatnonzero(np.diff(edges) > shortest)
    found = [(max(int(edges[gap]) + 1, 0), min(int(edges[gap + 1]), len(sound))) for gap in gaps]
    return [(start, stop) for start, stop in found if stop > start]


def _smooth(least: int) -> int:
    """A length for fast transforms."""
    return 1 << int(np.ceil(np.log2(least)))
