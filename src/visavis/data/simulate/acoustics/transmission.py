"""Lines: speech codecs and the telephone band. What comes out lies in time where it went in; pauses are not sent."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal, Protocol

import numpy as np
import soundfile
import soxr

from visavis.core.clock import SAMPLE_RATE
from visavis.data.simulate.acoustics.filters import shaped, silences

_PAUSE = SAMPLE_RATE // 2
_LATEST = 4096
_NO_LAG = 8
_TELEPHONE_HZ = 8000

Law = Literal["ULAW", "ALAW", "PCM_16"]


class Transmission(Protocol):
    """A way from one end of a line to the other."""

    def applied(self, sound: np.ndarray) -> np.ndarray:
        """What arrives of a sound (S,): (S,) float32, not delayed; pauses of half a second of 0 stay exactly 0."""
        ...


@dataclass(frozen=True)
class Opus:
    """The opus codec, as in calls and agent services; about `kbps` kilobits a second, 8 to 32."""

    kbps: float

    def applied(self, sound: np.ndarray) -> np.ndarray:
        """Encoded and decoded, not delayed."""
        # libsndfile asks opus for 6 to 256 kilobits a second along its compression levels.
        return _by_stretches(sound, lambda part: _coded(part, "OGG", "OPUS", 1 - (self.kbps - 6) / 250))


@dataclass(frozen=True)
class Mp3:
    """MP3 at a constant `kbps` kilobits a second, 16 to 64 (voices of agent services are often sent so)."""

    kbps: float

    def applied(self, sound: np.ndarray) -> np.ndarray:
        """Encoded and decoded, not delayed."""
        # libsndfile asks lame for 8 to 160 kilobits a second along its compression levels at 16 kHz.
        return _by_stretches(sound, lambda part: _coded(part, "MP3", "MPEG_LAYER_III", (160 - self.kbps) / 152))


@dataclass(frozen=True)
class Telephone:
    """A telephone: 300 to 3400 Hz at 8 kHz, in the samples of `law` (mu-law or A-law of G.711, or linear)."""

    law: Law = "ULAW"

    def applied(self, sound: np.ndarray) -> np.ndarray:
        """Band-limited, sampled at 8 kHz, companded and expanded."""
        return _by_stretches(sound, self._sent)

    def _sent(self, sound: np.ndarray) -> np.ndarray:
        narrow = soxr.resample(shaped(_telephone_band).applied(sound), SAMPLE_RATE, _TELEPHONE_HZ)
        file = io.BytesIO()
        soundfile.write(file, narrow, _TELEPHONE_HZ, format="WAV", subtype=self.law)
        file.seek(0)
        heard = soundfile.read(file, dtype="float32")[0]
        return _fitted(soxr.resample(heard, _TELEPHONE_HZ, SAMPLE_RATE), len(sound))


def _telephone_band(hertz: np.ndarray) -> np.ndarray:
    """The gain [dB] of a telephone line: 24 dB an octave below 300 Hz, steeper above 3400 Hz."""
    octaves = np.log2(hertz)
    below, above = np.log2(300) - octaves, octaves - np.log2(3400)
    return np.asarray(-24 * np.maximum(below, 0) - 96 * np.maximum(above, 0))


def _by_stretches(sound: np.ndarray, send: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Send what lies between pauses of exact silence; the pauses arrive as they are (discontinuous transmission)."""
    arrived = np.zeros(len(sound), dtype=np.float32)
    start = 0
    for pause, resumed in [*silences(sound, _PAUSE), (len(sound), len(sound))]:
        if pause > start:
            arrived[start:pause] = send(np.asarray(sound[start:pause], dtype=np.float32))
        start = resumed
    return arrived


def _coded(sound: np.ndarray, container: str, codec: str, compression: float) -> np.ndarray:
    lag = _lag(container, codec, compression)
    return _fitted(_decoded(sound, container, codec, compression)[lag:], len(sound))


def _decoded(sound: np.ndarray, container: str, codec: str, compression: float) -> np.ndarray:
    steady = {"bitrate_mode": "CONSTANT"} if container == "MP3" else {}
    memory = io.BytesIO()
    with soundfile.SoundFile(
        memory, "w", SAMPLE_RATE, 1, codec, format=container, compression_level=compression, **steady
    ) as file:
        file.write(np.clip(np.concatenate([sound, np.zeros(_LATEST, dtype=np.float32)]), -1, 1))
    memory.seek(0)
    return np.asarray(soundfile.read(memory, dtype="float32")[0])


@cache
def _lag(container: str, codec: str, compression: float) -> int:
    """Samples by which the decoder is late, found by cross-correlation of a burst of noise with what arrives of it.

    Encoders note their delay and decoders take it back, but not at every rate: MP3 below 40 kilobits a second is
    1,105 samples late.
    """
    noise = np.cumsum(np.random.default_rng(0).normal(0, 0.03, SAMPLE_RATE // 2))
    burst = np.zeros(SAMPLE_RATE, dtype=np.float32)
    burst[4000 : 4000 + len(noise)] = 0.5 * np.diff(noise, prepend=0) + 0.05 * np.sin(noise)
    arrived = _fitted(_decoded(burst, container, codec, compression), SAMPLE_RATE)
    size = 2 * SAMPLE_RATE
    agreement = np.fft.irfft(np.fft.rfft(arrived, size) * np.conj(np.fft.rfft(burst, size)), size)[:_LATEST]
    lag = int(np.argmax(agreement))
    return lag if lag > _NO_LAG else 0


def _fitted(sound: np.ndarray, length: int) -> np.ndarray:
    """The first `length` samples, silence after the end."""
    fitted = np.zeros(length, dtype=np.float32)
    fitted[: min(length, len(sound))] = sound[:length]
    return fitted
