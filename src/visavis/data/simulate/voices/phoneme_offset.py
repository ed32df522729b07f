"""How late a source tells its phonemes, measured against the sound.

Vowels are loud and stops are silent, whoever speaks: the shift under which the phonemes explain the level best is how
late they are told. Exact labels measure -12 to 0 ms (the four voices of flite), and 14 ms (espeak-ng); a network that
tells its own durations measured 55 ms (hibari, Kokoro), which their modules take back.

Shapes: H hops of 5 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.data.simulate.phonemes import VISEMES, VOWELS
from visavis.data.simulate.voices.voice import Spoken

_HOP = 80
_HOP_MS = 1000 * _HOP / SAMPLE_RATE
_WINDOW = 320
_FARTHEST = 30
_BAND_HZ = (150, 4000)
_FLOOR_DB = 45.0
_STOPS = frozenset(["p", "b", "t", "d", "k", "ɡ"])
_HISSES = frozenset(name for name, kind in VISEMES.items() if kind in ("hiss", "hush", "teeth"))
_OPEN = VOWELS | frozenset(["w", "j", "ɹ", "l"])


@dataclass(frozen=True)
class Offset:
    """`late_ms`: how much later than the sound phonemes are told; `correlation`: how well they explain it then."""

    late_ms: float
    correlation: float


def measure_offset(spoken: Sequence[Spoken]) -> Offset:
    """The offset of a source from some of its phrases (20 s or more), within 150 ms either way.

    Raises `VisavisError` where there is no phrase longer than 0.4 s.
    """
    pairs = [(_expected(phrase), _level(phrase.sound)) for phrase in spoken if len(phrase.sound) > 0.4 * SAMPLE_RATE]
    if not pairs:
        raise VisavisError("an offset is measured on phrases of 0.4 s and more; none was given")
    shifts = range(-_FARTHEST, _FARTHEST + 1)
    scores = np.array([_agreement(pairs, shift) for shift in shifts])
    best = int(np.argmax(scores))
    beside = scores[max(best - 1, 0)], scores[min(best + 1, len(scores) - 1)]
    bend = beside[0] - 2 * scores[best] + beside[1]
    between = 0.5 * (beside[0] - beside[1]) / bend if bend else 0.0
    return Offset(float(_HOP_MS * (shifts[best] + between)), float(scores[best]))


def _agreement(pairs: Sequence[tuple[np.ndarray, np.ndarray]], shift: int) -> float:
    """Correlation over all phrases of what is expected `shift` hops later with the level; ends are left out."""
    inner = [slice(_FARTHEST, len(level) - _FARTHEST) for _, level in pairs]
    expected = np.concatenate([np.roll(curve, -shift)[part] for (curve, _), part in zip(pairs, inner, strict=True)])
    level = np.concatenate([level[part] for (_, level), part in zip(pairs, inner, strict=True)])
    return float(np.corrcoef(expected, level)[0, 1])


def _expected(spoken: Spoken) -> np.ndarray:
    """(H,) 1 in vowels, -1 in stops, less in fricatives, 0 elsewhere."""
    curve = np.zeros(len(spoken.sound) // _HOP + 1)
    for phoneme in spoken.phonemes:
        name = phoneme.name
        value = 1.0 if name in _OPEN else -1.0 if name in _STOPS else -0.3 if name in _HISSES else 0.0
        curve[round(phoneme.start / _HOP) : round(phoneme.end / _HOP)] = value
    return curve


def _level(sound: np.ndarray) -> np.ndarray:
    """(H,) the level [dB] of the band of voices around every hop, relative to the phrase's mean."""
    padded = np.pad(sound, _WINDOW // 2 + _HOP)
    every = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[_HOP + _HOP // 2 :: _HOP]
    windows = every[: len(sound) // _HOP + 1]
    power = np.abs(np.fft.rfft(windows * np.hanning(_WINDOW), 512)) ** 2
    hertz = np.fft.rfftfreq(512, 1 / SAMPLE_RATE)
    decibel = 10 * np.log10(power[:, (hertz >= _BAND_HZ[0]) & (hertz < _BAND_HZ[1])].sum(1) + 1e-8)
    decibel = np.maximum(decibel, decibel.max() - _FLOOR_DB)
    return np.asarray(decibel - decibel.mean())
