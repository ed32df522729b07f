"""Sound for tests of acoustics: bursts of noise coloured like speech, with exact silence between them."""

from __future__ import annotations

import numpy as np

from visavis.core.clock import SAMPLE_RATE


def babbled(seconds: float, seed: int = 0) -> np.ndarray:
    """Syllables of harmonics and hiss, in phrases of about a second between pauses of about a second."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32)
    at = SAMPLE_RATE // 5
    while at < len(sound) - 2 * SAMPLE_RATE:
        for _ in range(int(rng.integers(3, 8))):
            length = int(rng.integers(1600, 4000))
            time = np.arange(length) / SAMPLE_RATE
            pitch = 110 * rng.uniform(0.8, 1.6)
            tones = sum(np.sin(2 * np.pi * pitch * k * time + k * k) / k for k in range(1, int(4000 / pitch)))
            hiss = rng.normal(0, rng.uniform(0.02, 0.3), length)
            sound[at : at + length] = (tones + hiss) * np.hanning(length) * rng.uniform(0.05, 0.2)
            at += length
        at += int(rng.integers(SAMPLE_RATE * 3 // 4, SAMPLE_RATE * 3 // 2))
    return sound


def lag(sound: np.ndarray, later: np.ndarray) -> int:
    """Samples by which `later` comes after `sound`: the peak of their cross-correlation."""
    size = 2 * len(sound)
    agreement = np.fft.irfft(np.fft.rfft(later, size) * np.conj(np.fft.rfft(sound, size)), size)
    peak = int(np.argmax(np.abs(agreement)))
    return peak if peak < len(sound) else peak - size


def tone(hertz: float, seconds: float = 1.0) -> np.ndarray:
    """A sine of amplitude 1."""
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE).astype(np.float32)


def decibels(sound: np.ndarray) -> float:
    """The root mean square of a sound [dB]."""
    return float(10 * np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-30))
