"""Whether the user speaks, frame by frame, as it is heard. S samples at 16 kHz."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

from visavis.core.clock import FPS, SAMPLES_PER_FRAME
from visavis.core.errors import VisavisError
from visavis.encode.activity import loudness
from visavis.encode.silero import Hearing, hear_all, init_hearing, speech_begun

Past = TypeVar("Past")


class Detector(Protocol[Past]):
    """Tells speech in voices, of which it knows nothing but what their past leaves."""

    def begin(self) -> Past:
        """What is left of a voice that was not heard yet."""
        ...

    def hear(self, sounds: Sequence[np.ndarray], pasts: Sequence[Past]) -> list[tuple[np.ndarray, Past]]:
        """The next whole frames of voices, (T * 640,) float32 each -> which are speech (T,) bool, and what is left."""
        ...


@dataclass(frozen=True, eq=False)
class _SileroPast:
    hearing: Hearing
    begun: bool = False


class SileroLive(Detector[_SileroPast]):
    """Silero VAD, all voices at once. Beginnings and ends are told 80 ms late."""

    def begin(self) -> _SileroPast:
        """Raises `VisavisError` where silero-vad is missing."""
        return _SileroPast(init_hearing())

    def hear(self, sounds: Sequence[np.ndarray], pasts: Sequence[_SileroPast]) -> list[tuple[np.ndarray, _SileroPast]]:
        """The next frames."""
        told = []
        heard = hear_all(sounds, [past.hearing for past in pasts])
        for (chances, hearing), past in zip(heard, pasts, strict=True):
            begun = speech_begun(chances, before=past.begun)
            told.append((begun, _SileroPast(hearing, bool(begun[-1]))))
        return told


@dataclass(frozen=True)
class _LoudnessPast:
    floor: float = -50.0
    held: int = 0


class LoudnessLive(Detector[_LoudnessPast]):
    """Loud against a floor that sinks at once and rises by 1.5 dB a second; for where Silero VAD is not installed."""

    def begin(self) -> _LoudnessPast:
        """A floor of -50 dB."""
        return _LoudnessPast()

    def hear(
        self, sounds: Sequence[np.ndarray], pasts: Sequence[_LoudnessPast]
    ) -> list[tuple[np.ndarray, _LoudnessPast]]:
        """The next frames."""
        return [self._heard(sound, past) for sound, past in zip(sounds, pasts, strict=True)]

    def _heard(self, sound: np.ndarray, past: _LoudnessPast) -> tuple[np.ndarray, _LoudnessPast]:
        floor, held, told = past.floor, past.held, []
        for level in loudness(sound).tolist():
            floor = min(max(level, -75.0), floor + 1.5 / FPS)
            held = 5 if level > max(floor + 15, -50.0) else max(held - 1, 0)
            told.append(held > 0)
        return np.array(told, bool), _LoudnessPast(floor, held)


def best_detector() -> Detector[Any]:
    """Silero VAD where it is installed, else loudness."""
    silero = SileroLive()
    try:
        silero.begin()
    except VisavisError:
        return LoudnessLive()
    return silero


class Ear:
    """Sound at any place in pieces of any length -> which frames are speech; remembers the last seconds of that.

    `take` collects, `listen` tells. speaking: in the last frame that was told. frame: the number after that one's.
    """

    def __init__(self, detector: Detector[Any]) -> None:
        self._detector = detector
        self._past, self._rest = detector.begin(), np.zeros(0, np.float32)
        self.frame = 0
        self._told: dict[int, bool] = {}
        self.speaking = False

    def take(self, sound: np.ndarray, place: int, fresh: bool) -> None:
        """Sound (S,) float32 from `place` on; `fresh`: not after what came before."""
        if fresh:
            listen([self])
            self._past, self._rest = self._detector.begin(), np.zeros(0, np.float32)
        if fresh or not len(self._rest):
            self.frame = max(self.frame, place // SAMPLES_PER_FRAME)
        self._rest = np.concatenate([self._rest, sound])

    @property
    def waiting(self) -> np.ndarray:
        """Whole frames that nothing was told of yet (T * 640,)."""
        return self._rest[: len(self._rest) // SAMPLES_PER_FRAME * SAMPLES_PER_FRAME]

    def _tell(self, told: np.ndarray, past: Any) -> None:
        self._past, self._rest = past, self._rest[len(told) * SAMPLES_PER_FRAME :]
        self._told |= {self.frame + number: bool(one) for number, one in enumerate(told)}
        self.frame += len(told)
        self.speaking = bool(told[-1])
        for old in [frame for frame in self._told if frame < self.frame - 10 * FPS]:
            del self._told[old]

    def quiet(self) -> None:
        """Nothing is heard any more."""
        self.speaking = False

    def active(self, first: int, stop: int) -> np.ndarray:
        """Which of the frames `first` to `stop` are speech (T,) bool; what was not heard is none."""
        return np.array([self._told.get(frame, False) for frame in range(first, stop)], bool)


def listen(ears: Sequence[Ear]) -> None:
    """Tells of all that ears of one detector have taken."""
    some = [ear for ear in ears if len(ear.waiting)]
    if some:
        told = some[0]._detector.hear([ear.waiting for ear in some], [ear._past for ear in some])
        for ear, (speech, past) in zip(some, told, strict=True):
            ear._tell(speech, past)
