"""What a synthesiser is asked and what it gives: the contract of all voices.

Shapes: S sound samples at 16 kHz. Times are samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from visavis.data.simulate.talk import Phoneme, Word
from visavis.data.simulate.text import Wording


@dataclass(frozen=True, eq=False)
class Spoken:
    """One phrase as it sounds: (S,) float32 at 16 kHz, with its words and IPA phonemes in time order.

    `end` is where the last phoneme ends; the sound goes on to there at least.
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
    """One phrase to be spoken: by whom, the words with their emphasis and mood, and the pace (1 = the voice's own)."""

    voice: Voice
    wording: Wording
    pace: float = 1.0


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
    return [found[i] for i in range(len(requests))]
