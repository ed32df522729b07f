"""Who speaks next, when and for how long: the floor passes from utterance to utterance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from visavis.data.simulate.timing import Statistics, quantile

Move = Literal["pause", "gap", "overlap"]
_LONGEST_SILENCE_S = 9.0


@dataclass(frozen=True)
class Turn:
    """One planned utterance: `delay_s` after (negative: before) the end of the last one; `inside` = answers within."""

    person: int
    move: Move
    length_s: float
    delay_s: float
    inside: tuple[float, ...]


def plan(rng: np.random.Generator, statistics: Statistics, length_s: float) -> list[Turn]:
    """Utterances for at least `length_s` seconds of talk; the last one ends after that."""
    person = int(rng.integers(1, 3))
    turns: list[Turn] = []
    clock = 0.0
    move: Move = "gap"
    lengths = {"pause": statistics.pause_length, "gap": statistics.gap_length, "overlap": statistics.overlap_length}
    while clock < length_s:
        delay = _delay(rng, statistics, move) if turns else float(rng.uniform(0.5, 1.5))
        length = max(quantile(lengths[move] if turns else statistics.first_length, rng.random()), 0.2)
        inside = tuple(
            max(quantile(statistics.inside_length, rng.random()), 0.2)
            for _ in range(rng.poisson(statistics.inside_per_s * length))
        )
        turns.append(Turn(person, move, max(length, 0.2 - delay), delay, inside))
        clock += delay + turns[-1].length_s
        u = rng.random()
        if u < statistics.pause_share:
            move = "pause"
        else:
            move = "gap" if u < statistics.pause_share + statistics.gap_share else "overlap"
            person = 3 - person
    return turns


def _delay(rng: np.random.Generator, statistics: Statistics, move: Move) -> float:
    table = {"pause": statistics.pause, "gap": statistics.gap, "overlap": statistics.overlap}[move]
    value = min(quantile(table, rng.random()), _LONGEST_SILENCE_S)
    return -value if move == "overlap" else value
