"""hibari's voice, and the many speakers that its source-filter description makes: natural, 100 times real time.

The network describes 12.5 ms frames by the envelopes of harmonics, noise and a rest and by F0, before anything is
synthesised. F0 times a factor and envelopes stretched along frequency are another speaker with the same exact times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import soxr

from visavis.core.clock import SAMPLE_RATE
from visavis.data.simulate.voices import engine
from visavis.data.simulate.voices.misaki import Spelling, spell, timed
from visavis.data.simulate.voices.network import Network, open_network
from visavis.data.simulate.voices.voice import Request, Spoken, earlier

_UNIT = SAMPLE_RATE // 40
_SAMPLES_PER_FRAME = SAMPLE_RATE // 80
LATE = round(0.050 * SAMPLE_RATE)
"""By how much the network tells its phonemes too late [samples] (`voices.offset`)."""

_SYLLABLES_PER_S = 4.6
_DURATIONS = "/Round_output_0"
_VOICED_HZ = 40.0
_EMPHASIS, _HAPPY_PITCH, _HAPPY_RANGE = 1.35, 1.2, 1.4


@dataclass(frozen=True)
class HibariVoice:
    """A speaker made of hibari's: factors of `pitch` and of `formants`, the pace, and gains of parts of the sound [dB].

    `range`: exponent of F0 around its mean (1 = as the network speaks). `breath_db`: the noise beside the harmonics.
    """

    pitch: float = 1.0
    formants: float = 1.0
    range: float = 1.0
    pace: float = 1.0
    breath_db: float = 0.0
    seed: int = 0

    @property
    def syllables_per_s(self) -> float:
        """The usual pace."""
        return _SYLLABLES_PER_S * self.pace

    @property
    def synthesiser(self) -> Hibari:
        """hibari."""
        return HIBARI


class Hibari:
    """Speaks with the voice inside the package."""

    def speak(self, requests: Sequence[Request]) -> list[Spoken]:
        """Raises `VisavisError` when hibari-tts is missing or a word cannot be said."""
        return [self._speak(request) for request in requests]

    def _speak(self, request: Request) -> Spoken:
        voice, wording = request.voice, request.wording
        assert isinstance(voice, HibariVoice)
        spelling = spell(wording)
        pace = np.asarray([request.pace * voice.pace], np.float32)
        ids = np.asarray([engine.letter_numbers(spelling.letters)], np.int64)
        *described, units = _network().run(None, {"ids": ids, "speed": pace})
        lh, theta, ln, lr, phi, f0 = (part[0] for part in described)
        lengths = [int(unit) * _UNIT for unit in np.ravel(units)]
        source = _warp(len(lh), voice.formants)
        f0 = _contour(f0, voice, wording.happy, _emphasised(spelling, lengths, wording.emphasis))
        breath = ln[source] + np.float32(voice.breath_db / 8.686)
        rng = np.random.default_rng((voice.seed, len(spelling.letters)))
        raw = engine.synthesise([lh[source], theta[source], breath, lr[source], phi[source], f0], rng)
        sound = np.asarray(soxr.resample(raw, engine.RATE, SAMPLE_RATE), dtype=np.float32)
        return earlier(Spoken(sound, *timed(spelling, lengths, wording)), LATE)


HIBARI = Hibari()


@lru_cache(maxsize=1)
def _network() -> Network:
    return open_network(engine.network_path(), outputs=(_DURATIONS,))


def _warp(bins: int, formants: float) -> np.ndarray:
    """(bins,) which bin of the envelope each bin takes: all of it stretched by a factor."""
    return np.minimum(np.round(np.arange(bins) / formants), bins - 1).astype(np.int64)


def _emphasised(spelling: Spelling, lengths: Sequence[int], emphasis: int) -> tuple[int, int]:
    """First and last frame of the stressed word; (0, 0) without one."""
    if emphasis < 0:
        return 0, 0
    first, stop = spelling.words[emphasis]
    ends = np.cumsum(lengths) // _SAMPLES_PER_FRAME
    return int(ends[first]), int(ends[stop])


def _contour(f0: np.ndarray, voice: HibariVoice, happy: bool, stressed: tuple[int, int]) -> np.ndarray:
    """F0 [Hz] of this speaker: higher, livelier in happy phrases, raised on the stressed word."""
    voiced = f0 > _VOICED_HZ
    if not voiced.any():
        return f0
    mean = float(np.exp(np.log(f0[voiced]).mean()))
    liveliness = voice.range * (_HAPPY_RANGE if happy else 1.0)
    factor = np.full(len(f0), voice.pitch * (_HAPPY_PITCH if happy else 1.0))
    first, stop = stressed
    if stop > first:
        factor[first:stop] *= 1 + (_EMPHASIS - 1) * np.sin(np.pi * (np.arange(stop - first) + 0.5) / (stop - first))
    moved = mean * (np.maximum(f0, _VOICED_HZ) / mean) ** liveliness * factor
    return np.where(voiced, np.clip(moved, 1.2 * _VOICED_HZ, 600), f0).astype(np.float32)
