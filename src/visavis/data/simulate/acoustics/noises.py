"""What else a microphone hears: noise of a colour, hum, a fan, keys, and people talking. S = samples at 16 kHz."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from visavis.core.clock import SAMPLE_RATE
from visavis.data.levels import speech_level

_LOOP = 1 << 18


class Noise(Protocol):
    """A kind of noise."""

    def made(self, rng: np.random.Generator, partner: np.ndarray) -> np.ndarray:
        """Noise (S,) float32 of any level, as long as the sound of the `partner` (S,), which only babble uses."""
        ...


@dataclass(frozen=True)
class Coloured:
    """Steady noise falling by `slope_db` an octave: 0 white, -3 pink, -6 brown; level below 60 Hz."""

    slope_db: float

    def made(self, rng: np.random.Generator, partner: np.ndarray) -> np.ndarray:
        """Noise with that slope."""
        return _steady(rng, len(partner), lambda hertz: self.slope_db * np.log2(hertz / 1000))


@dataclass(frozen=True)
class Hum:
    """Mains hum: `mains_hz` and its harmonics, each `fall_db` below the one before."""

    mains_hz: float
    fall_db: float = 4.0
    harmonics: int = 8

    def made(self, rng: np.random.Generator, partner: np.ndarray) -> np.ndarray:
        """A hum that starts at any phase."""
        time = np.arange(SAMPLE_RATE, dtype=np.float64) / SAMPLE_RATE
        orders = np.arange(1, self.harmonics + 1)
        phases = rng.uniform(0, 2 * np.pi, self.harmonics)
        waves = np.sin(2 * np.pi * self.mains_hz * orders[:, None] * time + phases[:, None])
        second = (10 ** (-self.fall_db * (orders - 1) / 20)) @ waves
        return _as_long(second.astype(np.float32), len(partner))


@dataclass(frozen=True)
class Fan:
    """A fan or an engine: noise around `centre_hz`, swelling `turns_hz` times a second."""

    centre_hz: float
    turns_hz: float

    def made(self, rng: np.random.Generator, partner: np.ndarray) -> np.ndarray:
        """Noise with a broad peak and a beat."""

        def curve(hertz: np.ndarray) -> np.ndarray:
            return np.asarray(-4 * np.abs(np.log2(hertz / self.centre_hz)))

        time = np.arange(len(partner), dtype=np.float32) / SAMPLE_RATE
        swell = 1 + 0.35 * np.sin(np.float32(2 * np.pi * self.turns_hz) * time)
        return np.asarray(_steady(rng, len(partner), curve) * swell, dtype=np.float32)


@dataclass(frozen=True)
class Keys:
    """Keyboard clicks and knocks: bursts of 5 to 40 ms, in runs, `per_s` on average."""

    per_s: float

    def made(self, rng: np.random.Generator, partner: np.ndarray) -> np.ndarray:
        """Bursts with silence, exactly 0, between them."""
        length = len(partner)
        sound = np.zeros(length + SAMPLE_RATE, dtype=np.float32)
        runs = max(1, round(self.per_s * length / SAMPLE_RATE / 6))
        for start in rng.uniform(0, length, runs):
            pauses = rng.gamma(4.0, 0.045, 1 + rng.poisson(5))
            for at in (start + np.cumsum(pauses) * SAMPLE_RATE).astype(np.int64):
                decay = float(rng.uniform(0.001, 0.008)) * SAMPLE_RATE
                burst = np.exp(-np.arange(round(5 * decay)) / decay) * rng.standard_normal(round(5 * decay))
                stop = min(int(at) + len(burst), len(sound))
                if at < stop:
                    sound[at:stop] += (rng.uniform(0.3, 1) * burst[: stop - at]).astype(np.float32)
        return sound[:length]


@dataclass(frozen=True)
class Babble:
    """People talking in the background: the partner's voice, several times over, from `voices` other moments."""

    voices: int

    def made(self, rng: np.random.Generator, partner: np.ndarray) -> np.ndarray:
        """A sum of voices; where the partner never speaks, silence."""
        sound = np.zeros(len(partner), dtype=np.float32)
        for moment in rng.uniform(0.05, 0.95, self.voices):
            there = np.roll(partner, round(float(moment) * len(partner)))
            sound += there * np.float32(rng.uniform(0.5, 1))
        return sound


@dataclass(frozen=True)
class Background:
    """A noise `snr_db` below the voice: its power against that of the voice while it speaks."""

    noise: Noise
    snr_db: float

    def behind(self, voice_db: float, rng: np.random.Generator, partner: np.ndarray) -> np.ndarray:
        """The noise at its level behind a voice of `voice_db` [dBFS] (`speech_level`); (S,) float32."""
        noise = self.noise.made(rng, partner)
        level = _level(noise)
        if level == -np.inf or voice_db == -np.inf:
            return np.zeros(len(partner), dtype=np.float32)
        return np.asarray(noise * np.float32(10 ** ((voice_db - self.snr_db - level) / 20)))


def _level(noise: np.ndarray) -> float:
    """Steady noise by its power, clicks and voices by their power while they sound."""
    if np.count_nonzero(noise) > 0.95 * len(noise):
        return float(10 * np.log10(np.mean(np.square(noise)) + 1e-20))
    return speech_level(noise)


def _steady(rng: np.random.Generator, length: int, decibels: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Noise with a spectrum of `decibels` at frequencies [Hz], flat below 60 Hz; it repeats every 16 s."""
    hertz = np.maximum(np.fft.rfftfreq(_LOOP, 1 / SAMPLE_RATE), 60).astype(np.float32)
    spectrum = rng.standard_normal((len(hertz), 2), dtype=np.float32).view(np.complex64)[:, 0]
    gain = (10 ** (decibels(hertz) / 20)).astype(np.float32)
    gain[0] = 0
    return _as_long(np.fft.irfft(spectrum * gain, _LOOP), length)


def _as_long(loop: np.ndarray, length: int) -> np.ndarray:
    return np.asarray(np.resize(loop, length), dtype=np.float32)
