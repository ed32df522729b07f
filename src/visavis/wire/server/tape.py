"""The last seconds of one voice on a session's clock, to look up what was said when. S samples at 16 kHz."""

from __future__ import annotations

import numpy as np

from visavis.core.clock import SAMPLE_RATE, SAMPLES_PER_FRAME

KEPT_S = 8
_SOFTEST = 10 ** (-45 / 20)


class Tape:
    """Sound by its place; where none was put there is silence. What is older than `KEPT_S` before the end is gone."""

    def __init__(self) -> None:
        self._start = 0
        self._sound = np.zeros(0, np.float32)

    @property
    def end(self) -> int:
        """The sample after the last."""
        return self._start + len(self._sound)

    def put(self, start: int, sound: np.ndarray) -> None:
        """Sound (S,) float32 that begins at or after the end."""
        gap = start - self.end
        if gap > KEPT_S * SAMPLE_RATE or not len(self._sound):
            self._start, self._sound = start, np.asarray(sound, np.float32)
        else:
            silence = np.zeros(max(gap, 0), np.float32)
            self._sound = np.concatenate([self._sound, silence, sound[max(-gap, 0) :]], dtype=np.float32)
        over = len(self._sound) - KEPT_S * SAMPLE_RATE
        if over > SAMPLE_RATE:
            self._start, self._sound = self._start + over, self._sound[over:].copy()

    def between(self, start: int, stop: int) -> np.ndarray:
        """The sound from `start` to `stop`."""
        sound = np.zeros(max(stop - start, 0), np.float32)
        low, high = max(start, self._start), min(stop, self.end)
        if low < high:
            sound[low - start : high - start] = self._sound[low - self._start : high - self._start]
        return sound

    def cut(self, at: int) -> None:
        """Without what lies from `at` on."""
        self._sound = self._sound[: max(at - self._start, 0)]

    def active(self, first: int, stop: int) -> np.ndarray:
        """Which of the frames `first` to `stop` are loud enough to be speech (T,) bool: above -45 dB."""
        frames = self.between(first * SAMPLES_PER_FRAME, stop * SAMPLES_PER_FRAME).reshape(-1, SAMPLES_PER_FRAME)
        return np.asarray(np.sqrt(np.mean(frames**2, axis=1)) > _SOFTEST)
