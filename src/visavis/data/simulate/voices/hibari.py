"""hibari's voice, and the many speakers that its source-filter description makes: natural, 100 times real time.

The network describes 12.5 ms frames by the envelopes of harmonics, noise and a rest and by F0, before anything is
synthesised. F0 times a factor and envelopes stretched along frequency are another speaker with the same exact times.
Happy phrases are higher, livelier and, as through a smile, from a shorter tract.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import soxr

from visavis.core.clock import SAMPLE_RATE
from visavis.core.onnx_door import Network
from visavis.data.simulate.voices import engine
from visavis.data.simulate.voices.misaki import Spelling, emphasised, spell, timed
from visavis.data.simulate.voices.network import open_network
from visavis.data.simulate.voices.voice import Request, Spoken, earlier

_UNIT = SAMPLE_RATE // 40
_SAMPLES_PER_FRAME = SAMPLE_RATE // 80
LATE = round(0.050 * SAMPLE_RATE)
"""By how much the network tells its phonemes too late [samples] (`voices.phoneme_offset`)."""

_SYLLABLES_PER_S = 4.6
_DURATIONS = "/Round_output_0"
_VOICED_HZ = 40.0
_BIN_HZ = 20.0
_EMPHASIS = 1.35
_HAPPY_PITCH, _HAPPY_RANGE, _HAPPY_FORMANTS = 1.25, 1.4, 1.04


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
        stretch = voice.formants * (_HAPPY_FORMANTS if wording.happy else 1.0)
        source = _warp(len(lh), stretch)
        breath = ln[source] + np.float32(voice.breath_db / 8.686)
        harmonics, phases = (_between_harmonics(part, f0, stretch) for part in (lh, theta))
        f0 = _contour(f0, voice, wording.happy, _stressed_frames(spelling, lengths, wording.emphasis))
        rng = np.random.default_rng((voice.seed, len(spelling.letters)))
        raw = engine.synthesise([harmonics, phases, breath, lr[source], phi[source], f0], rng)
        sound = np.asarray(soxr.resample(raw, engine.RATE, SAMPLE_RATE), dtype=np.float32)
        return earlier(Spoken(sound, *timed(spelling, lengths, wording)), LATE)


HIBARI = Hibari()


@lru_cache(maxsize=1)
def _network() -> Network:
    return open_network(engine.network_path(), outputs=(_DURATIONS,))


def _warp(bins: int, formants: float) -> np.ndarray:
    """(bins,) which bin of the envelope each bin takes: all of it stretched by a factor."""
    return np.minimum(np.round(np.arange(bins) / formants), bins - 1).astype(np.int64)


def _between_harmonics(part: np.ndarray, f0: np.ndarray, formants: float) -> np.ndarray:
    """(bins, F) what is told of harmonics, stretched along frequency, as a curve through its values at harmonics of F0.

    What stands between two harmonics was never meant to be heard, and is when F0 changes.
    """
    bins = np.arange(len(part)) / formants
    curves = np.empty_like(part)
    for frame, hertz in enumerate(f0.tolist()):
        if hertz > _VOICED_HZ:
            at = np.arange(hertz / _BIN_HZ, len(part), hertz / _BIN_HZ)
            values = np.interp(at, np.arange(len(part)), part[:, frame])
            curves[:, frame] = np.interp(bins, at, values)
        else:
            curves[:, frame] = np.interp(bins, np.arange(len(part)), part[:, frame])
    return curves


def _stressed_frames(spelling: Spelling, lengths: Sequence[int], emphasis: int) -> tuple[int, int]:
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
    factor = emphasised(factor, *stressed, _EMPHASIS)
    moved = mean * (np.maximum(f0, _VOICED_HZ) / mean) ** liveliness * factor
    return np.where(voiced, np.clip(moved, 1.2 * _VOICED_HZ, 600), f0).astype(np.float32)
