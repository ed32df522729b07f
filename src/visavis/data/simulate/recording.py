"""How a voice sounds in its recording: colour, level, the room and the faint partner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from visavis.core.clock import SAMPLE_RATE

_TAPS = 128


class Recording(Protocol):
    """What one person's microphone and room do to sound (S,), in two steps; nothing is delayed."""

    def alone(self, voice: np.ndarray) -> np.ndarray:
        """The voice by itself, as far as the partner's recording hears it, too."""
        ...

    def beside(self, rng: np.random.Generator, voice: np.ndarray, partner: np.ndarray) -> np.ndarray:
        """The finished recording of what `alone` gave, beside the partner's."""
        ...


@dataclass(frozen=True)
class PlainRecording:
    """A good microphone in a quiet room: levels [dBFS] and the colour of the sound.

    `bleed_db`: how loud the partner is heard in it, -inf where not at all.
    """

    peak_db: float
    noise_db: float
    tilt_db: float
    bump_hz: float
    bump_db: float
    bleed_db: float

    def alone(self, voice: np.ndarray) -> np.ndarray:
        """The voice through its microphone: spectral tilt [dB/octave], one broad bump, and its peak level."""
        hertz = _hertz()
        decibel = self.tilt_db * np.log2(hertz / 1000)
        decibel += self.bump_db * np.exp(-0.5 * (np.log2(hertz / self.bump_hz) / 0.6) ** 2)
        coloured = _filtered(voice, decibel)
        return np.asarray(coloured * np.float32(10 ** (self.peak_db / 20) / max(float(np.abs(coloured).max()), 1e-6)))

    def beside(self, rng: np.random.Generator, voice: np.ndarray, partner: np.ndarray) -> np.ndarray:
        """Speech, the faint partner and the room; peaks stay below full scale."""
        room = _filtered(rng.standard_normal(len(voice), dtype=np.float32), -3 * np.log2(_hertz() / 1000))
        total = voice + room * np.float32(10 ** (self.noise_db / 20) / room.std())
        total[80:] += partner[:-80] * np.float32(10 ** (self.bleed_db / 20))
        return np.clip(total, -0.98, 0.98).astype(np.float32)


def _filtered(sound: np.ndarray, decibel: np.ndarray) -> np.ndarray:
    """The sound with a gain [dB] at each of `_hertz()`, by a short symmetric filter."""
    taps = np.fft.fftshift(np.fft.irfft(10 ** (decibel / 20), _TAPS)) * np.hanning(_TAPS + 1)[:-1]
    return np.asarray(np.convolve(sound, taps.astype(np.float32), "same"))


def _hertz() -> np.ndarray:
    return np.asarray(np.maximum(np.fft.rfftfreq(_TAPS, 1 / SAMPLE_RATE), 60))
