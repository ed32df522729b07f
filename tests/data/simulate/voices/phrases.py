"""Phrases for voices to say, and what must hold of anything spoken."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from visavis.data.simulate.phonemes import BILABIALS, VISEMES
from visavis.data.simulate.text import Wording
from visavis.data.simulate.voices.voice import Spoken

BUMPY = Wording(("my", "puppy", "moved", "the", "paper", "boat"))
STRESSED = Wording(BUMPY.words, emphasis=4)
BUMPY_BILABIALS = ["m", "p", "p", "m", "p", "p", "b"]


def check_spoken(spoken: Spoken, words: tuple[str, ...]) -> None:
    """Words and phonemes in order, within the sound, under known names."""
    assert spoken.sound.dtype == np.float32
    assert [word.text for word in spoken.words] == list(words)
    for marks in (spoken.words, spoken.phonemes):
        assert marks[0].start >= 0
        assert marks[-1].end <= len(spoken.sound)
        assert all(mark.end > mark.start for mark in marks)
        assert all(after.start >= before.start for before, after in pairwise(marks))
    assert {phoneme.name for phoneme in spoken.phonemes} <= set(VISEMES)


def bilabials(spoken: Spoken) -> list[str]:
    return [phoneme.name for phoneme in spoken.phonemes if phoneme.name in BILABIALS]


def pitch(sound: np.ndarray) -> float:
    """The median F0 [Hz] of the loud parts, by autocorrelation."""
    found = []
    for start in range(0, len(sound) - 1280, 320):
        piece = sound[start : start + 1280] * np.hanning(1280)
        echo = np.correlate(piece, piece, "full")[1279:]
        if echo[0] < 0.1 * float(np.square(sound).mean()) * 480:
            continue
        best = 32 + int(np.argmax(echo[32:270]))
        if echo[best] > 0.4 * echo[0]:
            found.append(16_000 / best)
    return float(np.median(found))
