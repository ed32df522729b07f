"""Whether the user speaks, frame by frame, as it is heard. S samples at 16 kHz."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from visavis.core.clock import FPS, SAMPLES_PER_FRAME
from visavis.core.errors import VisavisError
from visavis.encode.activity import loudness
from visavis.encode.silero import hear, init_hearing, speech_begun


class Detector(Protocol):
    """Whole frames of sound (T * 640,) float32, as they come -> whether each is speech (T,) bool."""

    def __call__(self, sound: np.ndarray) -> np.ndarray:
        """The next frames."""
        ...


class SileroLive:
    """Silero VAD. Beginnings and ends are told 80 ms late. Raises `VisavisError` where silero-vad is missing."""

    def __init__(self) -> None:
        self._state, self._before = init_hearing(), False

    def __call__(self, sound: np.ndarray) -> np.ndarray:
        """The next frames."""
        chances, self._state = hear(sound, self._state)
        begun = speech_begun(chances, before=self._before)
        self._before = bool(begun[-1])
        return begun


class LoudnessLive:
    """Loud against a floor that sinks at once and rises by 1.5 dB a second; for where Silero VAD is not installed."""

    def __init__(self) -> None:
        self._floor, self._held = -50.0, 0

    def __call__(self, sound: np.ndarray) -> np.ndarray:
        """The next frames."""
        told = []
        for level in loudness(sound).tolist():
            self._floor = min(max(level, -75.0), self._floor + 1.5 / FPS)
            self._held = 5 if level > max(self._floor + 15, -50.0) else max(self._held - 1, 0)
            told.append(self._held > 0)
        return np.array(told, bool)


def best_detector() -> Callable[[], Detector]:
    """Silero VAD where it is installed, else loudness."""
    try:
        init_hearing()
    except VisavisError:
        return LoudnessLive
    return SileroLive


class Ear:
    """Sound at any place in pieces of any length -> which frames are speech; remembers the last seconds of that.

    speaking: in the last frame that was heard. frame: the number after that one's.
    """

    def __init__(self, detector: Callable[[], Detector]) -> None:
        self._make = detector
        self._detector, self._rest = detector(), np.zeros(0, np.float32)
        self.frame = 0
        self._told: dict[int, bool] = {}
        self.speaking = False

    def hear(self, sound: np.ndarray, place: int, fresh: bool) -> int:
        """Sound (S,) float32 from `place` on; `fresh`: not after what came before. Gives how many frames were told."""
        if fresh:
            self._detector, self._rest = self._make(), np.zeros(0, np.float32)
        if fresh or not len(self._rest):
            self.frame = max(self.frame, place // SAMPLES_PER_FRAME)
        pending = np.concatenate([self._rest, sound])
        count = len(pending) // SAMPLES_PER_FRAME
        self._rest = pending[count * SAMPLES_PER_FRAME :]
        if count:
            told = self._detector(pending[: count * SAMPLES_PER_FRAME])
            self._told |= {self.frame + number: bool(one) for number, one in enumerate(told)}
            self.frame += count
            self.speaking = bool(told[-1])
            for old in [frame for frame in self._told if frame < self.frame - 10 * FPS]:
                del self._told[old]
        return count

    def quiet(self) -> None:
        """Nothing is heard any more."""
        self.speaking = False

    def active(self, first: int, stop: int) -> np.ndarray:
        """Which of the frames `first` to `stop` are speech (T,) bool; what was not heard is none."""
        return np.array([self._told.get(frame, False) for frame in range(first, stop)], bool)
