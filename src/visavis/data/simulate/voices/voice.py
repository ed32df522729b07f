"""What a synthesiser is asked and what it gives: the contract of all voices.

Shapes: S sound samples at 16 kHz. Times are samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import soxr

from visavis.core.clock import SAMPLE_RATE
from visavis.data.simulate.talk import Phoneme, Word
from visavis.data.simulate.text import Wording

_LEAD = SAMPLE_RATE // 50


@dataclass(frozen=True, eq=False)
class Spoken:
    """One phrase as it sounds: (S,) float32 at 16 kHz, with its words and IPA phonemes in time order.

    The sound begins shortly before the first phoneme and ends with the last.
    """

    sound: np.ndarray
    words: tuple[Word, ...]
    phonemes: tuple[Phoneme, ...]


class Voice(Protocol):
    """Somebody's voice; equal voices sound alike."""

    @property
    def syllables_per_s(self) -> float:
        """The usual pace."""
        ...

    @property
    def synthesiser(self) -> Synthesiser:
        """What speaks with this voice; the same object for all voices that are spoken together."""
        ...


@dataclass(frozen=True)
class Request:
    """One phrase to be spoken: by whom, the words with their emphasis and mood, and the pace (1 = the voice's own).

    `size`: by how much pitch and formants together are raised afterwards (a shorter vocal tract), the pace included.
    """

    voice: Voice
    wording: Wording
    pace: float = 1.0
    size: float = 1.0


class Synthesiser(Protocol):
    """Speaks phrases. The same list gives the same bytes."""

    def speak(self, requests: Sequence[Request]) -> list[Spoken]:
        """One answer for each request, in order."""
        ...


def speak(requests: Sequence[Request]) -> list[Spoken]:
    """Speak phrases of any voices; every synthesiser gets all of its phrases at once, in order."""
    found: dict[int, Spoken] = {}
    for synthesiser in dict.fromkeys(request.voice.synthesiser for request in requests):
        mine = [i for i, request in enumerate(requests) if request.voice.synthesiser is synthesiser]
        found.update(zip(mine, synthesiser.speak([requests[i] for i in mine]), strict=True))
    return [_resized(found[i], request.size) for i, request in enumerate(requests)]


def _resized(spoken: Spoken, size: float) -> Spoken:
    if size == 1:
        return spoken
    sound = np.asarray(soxr.resample(spoken.sound, SAMPLE_RATE, SAMPLE_RATE / size), dtype=np.float32)

    def moved(sample: int) -> int:
        return min(round(sample / size), len(sound))

    words = tuple(replace(word, start=moved(word.start), end=moved(word.end)) for word in spoken.words)
    phonemes = tuple(replace(p, start=moved(p.start), end=moved(p.end)) for p in spoken.phonemes)
    return Spoken(sound, words, phonemes)


def earlier(spoken: Spoken, samples: int) -> Spoken:
    """The phrase with everything in it marked that much earlier, cut out anew."""

    def moved(sample: int) -> int:
        return max(sample - samples, 0)

    words = [replace(word, start=moved(word.start), end=moved(word.end)) for word in spoken.words]
    phonemes = [replace(p, start=moved(p.start), end=moved(p.end)) for p in spoken.phonemes]
    return cut_out(spoken.sound, words, phonemes)


def cut_out(sound: np.ndarray, words: Sequence[Word], phonemes: Sequence[Phoneme]) -> Spoken:
    """The phrase without the silence before its first phoneme and after its last; empty spans are left out."""
    start = max((phonemes[0].start if phonemes else 0) - _LEAD, 0)
    stop = max(min(phonemes[-1].end if phonemes else len(sound), len(sound)), start + 1)

    def within(sample: int) -> int:
        return min(max(sample, start), stop) - start

    cut_words = [replace(word, start=within(word.start), end=within(word.end)) for word in words]
    cut_phonemes = [replace(sound, start=within(sound.start), end=within(sound.end)) for sound in phonemes]
    return Spoken(
        sound[start:stop].astype(np.float32),
        tuple(word for word in cut_words if word.end > word.start),
        tuple(phoneme for phoneme in cut_phonemes if phoneme.end > phoneme.start),
    )
