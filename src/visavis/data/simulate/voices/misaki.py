"""English words as misaki's letters, the alphabet of hibari and Kokoro, and from letters with durations to phonemes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

import numpy as np

from visavis.core.errors import VisavisError
from visavis.data.simulate.phonemes import to_ipa
from visavis.data.simulate.script.source import vocalisation
from visavis.data.simulate.talk import Phoneme, Word
from visavis.data.simulate.text import Wording
from visavis.data.simulate.voices.engine import pronounce

_MARKS = ';:,.!?—…"()“” '
_STRESSES = {"ˈ": 2, "ˌ": 1}
_LONG = "ː"


@dataclass(frozen=True)
class Spelling:
    """A phrase in misaki's letters; `words` has the place (start, stop) of each word's letters."""

    letters: str
    words: tuple[tuple[int, int], ...]


@lru_cache(maxsize=4096)
def spell(wording: Wording) -> Spelling:
    """How a phrase is pronounced. Raises `VisavisError` for words that English letters do not spell."""
    closing = "?" if wording.question else "!" if wording.happy else "."
    strange = [word for word in wording.words if any(letter.isalpha() and not letter.isascii() for letter in word)]
    if strange:
        raise VisavisError(f"an English voice cannot say {' '.join(strange)!r}; write it in English letters")
    said = wording.words
    sounds = [vocalisation(word) for word in said]
    if any(sounds):
        groups = [s.ipa if s else pronounce(w).strip(_MARKS) for s, w in zip(sounds, said, strict=True)]
    else:
        groups = pronounce(" ".join(said) + closing).strip(_MARKS).split(" ")
    if len(groups) != len(said):
        groups = [pronounce(word).strip(_MARKS).replace(" ", "") for word in said]
    places, at = [], 0
    for group in groups:
        places.append((at, at + len(group)))
        at += len(group) + 1
    return Spelling(" ".join(groups) + closing, tuple(places))


def timed(spelling: Spelling, lengths: Sequence[int], wording: Wording) -> tuple[tuple[Word, ...], tuple[Phoneme, ...]]:
    """Words and phonemes of a spelling; `lengths` [samples] are those of a beginning, of its letters and of an end.

    A letter's stress mark and length mark belong to it; of the space between two words each takes a half.
    """
    edges = list(accumulate(lengths))[:-1]
    starts, ends = edges[:-1], edges[1:]
    sounds: list[tuple[str, int, int, int]] = []
    stress, begin = 0, -1
    for i, letter in enumerate(spelling.letters):
        if letter in _STRESSES:
            stress, begin = _STRESSES[letter], starts[i]
        elif letter == _LONG and sounds:
            name, start, _, mark = sounds.pop()
            sounds.append((name + _LONG if name + _LONG in _LONG_NAMES else name, start, ends[i], mark))
        elif letter == " " and sounds:
            name, start, end, mark = sounds.pop()
            sounds.append((name, start, (end + ends[i]) // 2, mark))
            begin = (end + ends[i]) // 2
        elif letter not in _MARKS:
            sounds.append((letter, begin if begin >= 0 else starts[i], ends[i], stress))
            stress, begin = 0, -1
    names = [name if name in _LONG_NAMES else to_ipa([name], "misaki")[0] for name, *_ in sounds]
    phonemes = tuple(Phoneme(name, start, end, mark) for name, (_, start, end, mark) in zip(names, sounds, strict=True))
    placed = tuple(
        Word(word, starts[first], ends[last - 1], i == wording.emphasis)
        for i, (word, (first, last)) in enumerate(zip(wording.words, spelling.words, strict=True))
        if last > first
    )
    return placed, phonemes


def emphasised(pitch: np.ndarray, first: int, stop: int, factor: float) -> np.ndarray:
    """A pitch curve (..., F) raised over a stressed word's frames, by `factor` in its middle."""
    bump = np.sin(np.pi * (np.arange(stop - first) + 0.5) / max(stop - first, 1))
    raised = pitch.copy()
    raised[..., first:stop] *= 1 + (factor - 1) * bump
    return raised


_LONG_NAMES = frozenset(f"{letter}{_LONG}" for letter in "iuɑɔɜ")
