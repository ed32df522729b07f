"""Actions, the things a face does, and the smooth curves they are drawn with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.core.clock import FPS, SAMPLES_PER_FRAME
from visavis.core.conversation import Event


@dataclass(frozen=True)
class Action:
    """Something one person does: `onset` and `duration` in (fractional) frames, `size` in the unit of its kind.

    `aim` (yaw, pitch) [rad] is where a gaze shift goes, or the signs of a movement to the side.
    """

    kind: str
    onset: float
    duration: float
    size: float
    cause: str = ""
    aim: tuple[float, float] = (0.0, 0.0)
    cycles: int = 1

    @property
    def end(self) -> float:
        """Frame after the last."""
        return self.onset + self.duration

    def event(self, person: int, frames: int) -> Event:
        """The entry in the log, kept within the recording."""
        onset = min(max(int(self.onset), 0), frames - 1)
        return Event(self.kind, person, onset, max(1, min(round(self.duration), frames - onset)), self.cause)


def frame_at(sample: int) -> float:
    """The fractional frame of a sample."""
    return sample / SAMPLES_PER_FRAME


def frames_for(seconds: float) -> float:
    """Frames in a number of seconds, fractional."""
    return seconds * FPS


def ease(x: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1 and a smooth S between."""
    x = np.clip(x, 0, 1)
    return np.asarray(x * x * x * (10 - 15 * x + 6 * x * x))


def plateau(t: np.ndarray, duration: float, rise: float, fall: float) -> np.ndarray:
    """Rises from 0 at t = 0, stays at 1, is back at 0 at t = duration; all in frames."""
    return np.asarray(np.minimum(ease(t / rise), ease((duration - t) / fall)))


def oscillation(t: np.ndarray, duration: float, cycles: int) -> np.ndarray:
    """Goes from 0 to 1 and back `cycles` times, each swing 0.75 of the last."""
    x = np.clip(t / duration, 0, 1) * cycles
    return np.asarray(0.5 * (1 - np.cos(2 * np.pi * x)) * 0.75 ** np.minimum(np.floor(x), cycles - 1))


def slow_noise(rng: np.random.Generator, frames: int, columns: int, corner_hz: float, top_hz: float) -> np.ndarray:
    """(T, columns) unit-variance noise: an Ornstein-Uhlenbeck spectrum with a corner, cut off smoothly at `top_hz`."""
    size = 1 << int(np.ceil(np.log2(frames + 8 * FPS)))
    hertz = np.fft.rfftfreq(size, 1 / FPS)
    power = 1 / (1 + (hertz / corner_hz) ** 2) * np.exp(-((hertz / top_hz) ** 2))
    power[0] = 0
    spectrum = rng.standard_normal((2, len(hertz), columns)) * np.sqrt(power)[:, None]
    values = np.fft.irfft(spectrum[0] + 1j * spectrum[1], size, axis=0)
    values *= size / np.sqrt(4 * power.sum())
    return np.asarray(values[:frames])
