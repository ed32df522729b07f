"""How loud speech is, and two voices made as loud as each other. S = samples at 16 kHz."""

from __future__ import annotations

import numpy as np

STEP = 160
"""Samples whose power is told together, 10 ms."""
_ACTIVE_DB = 35.0


def power(sound: np.ndarray) -> np.ndarray:
    """Mean square of every 10 ms of sound (S,)."""
    padded = np.zeros(-(-len(sound) // STEP) * STEP, dtype=np.float32)
    padded[: len(sound)] = sound
    steps = padded.reshape(-1, STEP)
    return np.asarray(np.einsum("ij,ij->i", steps, steps), dtype=np.float64) / STEP


def speech_level(sound: np.ndarray) -> float:
    """The level of a voice while it speaks [dBFS]: mean power of all 10 ms within 35 dB of its loud ones; or -inf."""
    powers = power(sound)
    loud = float(np.percentile(powers[powers > 0], 95)) if powers.any() else 0.0
    if loud == 0:
        return -np.inf
    return float(10 * np.log10(powers[powers > loud * 10 ** (-_ACTIVE_DB / 10)].mean()))


def mixed_alike(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Two voices (S,) in one recording (S,), the fainter one turned up until both speak as loud; silence stays."""
    levels = [speech_level(voice) for voice in (first, second)]
    if -np.inf in levels:
        return np.asarray(first + second)
    gains = [np.float32(10 ** ((max(levels) - level) / 20)) for level in levels]
    return np.asarray(gains[0] * first + gains[1] * second)
