"""Talks staged by hand, and short ways to ask what happened in a simulated scene."""

from __future__ import annotations

import numpy as np

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import SAMPLE_RATE
from visavis.core.motion import Motion
from visavis.data.simulate.conversation import Scene
from visavis.data.simulate.talk import Phoneme, Phrase, Talk, Utterance, Word


def sides(scenes: list[Scene]) -> list[tuple[Scene, int, Motion]]:
    return [(scene, k, Motion(scene.motions[k], ARKIT61)) for scene in scenes for k in (0, 1)]


def around(mask: np.ndarray, frames: int) -> np.ndarray:
    return np.convolve(mask.astype(float), np.ones(2 * frames + 1), "same") > 0


def at(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)


def one_word(
    start_s: float,
    end_s: float,
    word: str = "ah",
    sound: str = "ɑː",
    *,
    stress: int = 2,
    emphasis: bool = False,
    question: bool = False,
    happy: bool = False,
) -> Phrase:
    """One word of one phoneme that lasts as long as the phrase."""
    start, end = at(start_s), at(end_s)
    words, sounds = (Word(word, start, end, emphasis),), (Phoneme(sound, start, end, stress),)
    return Phrase(start, end, words, sounds, question, happy)


def talk_of(*phrases: Phrase, length_s: float = 10.0, kind: str = "utterance") -> Talk:
    """Every phrase is an utterance of its own; the recording is silent."""
    utterances = tuple(Utterance(kind, (phrase,)) for phrase in phrases)
    return Talk(utterances, np.zeros(at(length_s), dtype=np.float32))
