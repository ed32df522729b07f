"""A script of fixed lines: what somebody says who can say only so much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from visavis.core.errors import VisavisError
from visavis.data.simulate.english import syllables
from visavis.data.simulate.text import Wording

_NEAREST = 5


@dataclass(frozen=True)
class Repertoire:
    """Lines to choose from by length and mood; backchannels and laughs are apart."""

    phrases: tuple[Wording, ...]
    backchannels: tuple[Wording, ...]
    laughs: tuple[Wording, ...]

    def __post_init__(self) -> None:
        if not self.phrases:
            raise VisavisError("a repertoire needs at least one phrase")

    def phrase(
        self, rng: np.random.Generator, wanted: float, happy: float, question: float, emphasis: float
    ) -> Wording:
        """One of the nearest in length, happy, asking or stressed with these probabilities where there are such."""
        mood = rng.random(3) < (happy, question, emphasis)
        alike = [w for w in self.phrases if w.happy == mood[0] and (w.happy or w.question == mood[1])]
        stressed = [w for w in alike if (w.emphasis >= 0) == mood[2]]
        return _near(rng, stressed or alike or self.phrases, wanted)

    def backchannel(self, rng: np.random.Generator, wanted: float) -> Wording:
        """A short answer, or the shortest phrases where there is none."""
        return _near(rng, self.backchannels or self.phrases, wanted)

    def laugh(self, rng: np.random.Generator) -> Wording:
        """Laughter, or something happy where there is none."""
        return _near(rng, self.laughs or [w for w in self.phrases if w.happy] or self.phrases, 4)


_length = lru_cache(maxsize=1 << 16)(syllables)


def _near(rng: np.random.Generator, lines: Sequence[Wording], wanted: float) -> Wording:
    nearest = sorted(lines, key=lambda line: abs(_length(line.words) - wanted))[:_NEAREST]
    return nearest[int(rng.integers(len(nearest)))]
