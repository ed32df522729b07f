"""Phrases composed from the grammar of conversation: thousands of words, questions, joy, negation, short answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from visavis.data.simulate.english import syllables
from visavis.data.simulate.script.dictionary import tagged_words
from visavis.data.simulate.script.grammar import Grammar, conversation_grammar
from visavis.data.simulate.text import Wording

_TRIES = 6
_NEAR = 1.0
_SHORT = 3.5


@dataclass(frozen=True)
class ComposedScript:
    """A `Script` that grows phrases from a grammar."""

    grammar: Grammar

    def phrase(
        self, rng: np.random.Generator, wanted: float, happy: float, question: float, emphasis: float
    ) -> Wording:
        """A phrase of about `wanted` syllables; `happy`, `question` and `emphasis` are their probabilities."""
        mood = rng.random()
        if mood < happy:
            return Wording(_nearest(rng, wanted, self._rejoice), happy=True)
        if wanted < _SHORT and mood > 0.85:
            return Wording(_nearest(rng, wanted, lambda rng, _: self.grammar.grown(rng, "no")))
        asks = rng.random() < question
        words = _nearest(rng, wanted, self._ask if asks else self._say)
        return Wording(words, asks, False, stressed(rng, words) if rng.random() < emphasis else -1)

    def backchannel(self, rng: np.random.Generator, wanted: float) -> Wording:
        """A short answer that leaves the partner the floor, of about `wanted` syllables."""
        return Wording(_nearest(rng, wanted, lambda rng, _: self.grammar.grown(rng, "answer")))

    def laugh(self, rng: np.random.Generator) -> Wording:
        """A few syllables of laughter, spelled as `source.vocalisation` knows them."""
        return Wording(tuple(self.grammar.grown(rng, "laugh")))

    def _say(self, rng: np.random.Generator, wanted: float) -> list[str]:
        if wanted < _SHORT:
            return self.grammar.grown(rng, "brief")
        if wanted < 6:
            return self.grammar.grown(rng, "little")
        words = self.grammar.grown(rng, "opener") if wanted > 9 and rng.random() < 0.5 else []
        words += self.grammar.grown(rng, "clause")
        return self._lengthened(rng, words, wanted)

    def _ask(self, rng: np.random.Generator, wanted: float) -> list[str]:
        if wanted < _SHORT:
            return self.grammar.grown(rng, "ask")
        return self._lengthened(rng, self.grammar.grown(rng, "question"), wanted)

    def _rejoice(self, rng: np.random.Generator, wanted: float) -> list[str]:
        words = self.grammar.grown(rng, "happy")
        while syllables(tuple(words)) < wanted - 4:
            words += ["and", *self.grammar.grown(rng, "happy")]
        return words

    def _lengthened(self, rng: np.random.Generator, words: list[str], wanted: float) -> list[str]:
        """With places, times and further clauses while syllables are missing."""
        while (missing := wanted - syllables(tuple(words))) > 2.5:
            if missing < 7 or rng.random() < 0.3:
                words += self.grammar.grown(rng, "tail")
            else:
                words += [*self.grammar.grown(rng, "join"), *self.grammar.grown(rng, "clause")]
        return words


@cache
def composed_script() -> ComposedScript:
    """The script of the words that come with the package."""
    return ComposedScript(conversation_grammar())


@cache
def wide_script() -> ComposedScript:
    """The same with the words of hibari's dictionary too.

    Raises `VisavisError` when hibari-tts is not installed.
    """
    return ComposedScript(conversation_grammar().wider(tagged_words()))


def stressed(rng: np.random.Generator, words: tuple[str, ...]) -> int:
    """The index of a word that may carry the emphasis of a phrase; -1 in phrases of one or two words.

    A long word if there is one, and none with an apostrophe (espeak's word marks end there).
    """
    if len(words) < 3:
        return -1
    long_words = [i for i, word in enumerate(words) if len(word) > 3 and word.isalpha()] or [len(words) - 1]
    return long_words[int(rng.integers(len(long_words)))]


def _nearest(
    rng: np.random.Generator, wanted: float, make: Callable[[np.random.Generator, float], list[str]]
) -> tuple[str, ...]:
    """The first of a few phrases that is within a syllable of what is wanted, or the nearest."""
    best: tuple[str, ...] = ()
    missed = np.inf
    for _ in range(_TRIES):
        words = tuple(make(rng, wanted))
        off = abs(syllables(words) - wanted)
        if off < missed:
            best, missed = words, off
        if missed <= _NEAR:
            break
    return best
