"""The contract of a source of phrases, and the sounds people make that are no words, spelled for any voice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from visavis.data.simulate.text import Wording


class Script(Protocol):
    """Says what is said; the module `visavis.data.simulate.text` (the small grammar) is one too."""

    def phrase(
        self, rng: np.random.Generator, wanted: float, happy: float, question: float, emphasis: float
    ) -> Wording:
        """A phrase of about `wanted` syllables; `happy`, `question` and `emphasis` are their probabilities."""
        ...

    def backchannel(self, rng: np.random.Generator, wanted: float) -> Wording:
        """A short answer that leaves the partner the floor, of about `wanted` syllables."""
        ...

    def laugh(self, rng: np.random.Generator) -> Wording:
        """A few syllables of laughter."""
        ...


@dataclass(frozen=True)
class Vocalisation:
    """A sound that is no word: how it is spelled, in espeak's phoneme markup, and in IPA for other voices."""

    spelling: str
    espeak: str
    ipa: str


_STRESS, _AH, _EH, _UH = "\u02c8", "\u0251", "\u025b", "\u028c"


def _hum(spelling: str, espeak: str, ipa: str) -> Vocalisation:
    return Vocalisation(spelling, f"[[{espeak}]]", ipa)


def _laughter(syllable: str, espeak: tuple[str, str], vowel: str, count: int) -> Vocalisation:
    """Syllables of laughter; espeak's first vowel may differ from the others."""
    marked = f"h'{espeak[0]}" + f"h'{espeak[1]}" * (count - 1)
    return Vocalisation(syllable * count, f"[[{marked}]]", f"h{_STRESS}{vowel}" * count)


_VOCALISATIONS = (
    _hum("mhm", "mmh'mm", f"mh{_STRESS}m"),
    _hum("mm", "m'mm", f"{_STRESS}mm"),
    _hum("hm", "h'mm", f"h{_STRESS}m"),
    *(_laughter("ha", ("a", "a"), _AH, count) for count in (2, 3, 4, 5)),
    *(_laughter("he", ("E", "e"), _EH, count) for count in (2, 3)),
    _laughter("hu", ("V", "V"), _UH, 4),
)
_BY_WORD = {word: sound for sound in _VOCALISATIONS for word in (sound.spelling, sound.espeak)}


def vocalisation(word: str) -> Vocalisation | None:
    """The sound that a word of a `Wording` stands for, in either spelling; None for true words."""
    return _BY_WORD.get(word)
