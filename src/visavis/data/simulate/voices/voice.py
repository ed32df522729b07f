"""What a synthesiser is asked and what it gives: the contract of all voices.

Shapes: S sound samples at 16 kHz. Times are samples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np

from visavis.core.clock import SAMPLE_RATE
from visavis.data.simulate.acoustics.resampling import resampled
from visavis.data.simulate.talk import Phoneme, Word
from visavis.data.simulate.text import Wording

_LEAD = SAMPLE_RATE // 50
Mark = TypeVar("Mark", Word, Phoneme)


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
    played = resampled(spoken.sound, size)
    return Spoken(played.sound, _placed(spoken.words, played.at), _placed(spoken.phonemes, played.at))


def earlier(spoken: Spoken, samples: int) -> Spoken:
    """The phrase with everything in it marked that much earlier, cut out anew."""

    def moved(sample: int) -> int:
        return max(sample - samples, 0)

    return cut_out(spoken.sound, _placed(spoken.words, moved), _placed(spoken.phonemes, moved))


def cut_out(sound: np.ndarray, words: Sequence[Word], phonemes: Sequence[Phoneme]) -> Spoken:
    """The phrase without the silence before its first phoneme and after its last; empty spans are left out."""
    start = max((phonemes[0].start if phonemes else 0) - _LEAD, 0)
    stop = max(min(phonemes[-1].end if phonemes else len(sound), len(sound)), start + 1)

    def within(sample: int) -> int:
        return min(max(sample, start), stop) - start

    return Spoken(
        sound[start:stop].astype(np.float32),
        tuple(word for word in _placed(words, within) if word.end > word.start),
        tuple(phoneme for phoneme in _placed(phonemes, within) if phoneme.end > phoneme.start),
    )


def _placed(marks: Sequence[Mark], place: Callable[[int], int]) -> tuple[Mark, ...]:
    """Words or phonemes whose samples have gone elsewhere."""
    return tuple(replace(mark, start=place(mark.start), end=place(mark.end)) for mark in marks)
