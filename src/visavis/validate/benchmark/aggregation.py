"""Aggregation of scores over all cases: estimates with intervals by row and metric, in little memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from visavis.validate.benchmark.case_scores import Scores
from visavis.validate.benchmark.corruption import Corruption
from visavis.validate.metrics.intervals import Estimate, Share, Shares, by_clip, estimate
from visavis.validate.metrics.pooled import Pools, add_pools, score_pools


@dataclass(frozen=True)
class Evaluation:
    """Estimates by row and metric: `rows["model"]["fd_exp"].value`; see docs/metrics.md for the names.

    `logged` names the reactions whose true onsets come from an event log; others are detected in the true motion.
    `per_clip` has the same rows and metrics for every person of every clip by itself, in the order of `clip_names`
    (NAME_speakerK); None where there is nothing to say. `cases` are their numbers among those that were given.
    `pooled` has the scores over the frames of all clips together, which have no intervals.
    `parts` has the same rows over the clips of each source where there are several: SOURCE.NAME is of SOURCE.
    `confusions` has frames by true conversational state (rows) and told state, where states are told.
    `problems` has a line for each thing that could not be scored. `corruption` says what the model's input went
    through; then there are the model's own rows only.
    """

    rows: Mapping[str, Mapping[str, Estimate]]
    clips: int
    minutes: float
    seeds: tuple[int, ...]
    logged: tuple[str, ...] = ()
    clip_names: tuple[str, ...] = ()
    per_clip: Mapping[str, Mapping[str, tuple[float | None, ...]]] = field(default_factory=dict)
    cases: tuple[int, ...] = ()
    pooled: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    parts: Mapping[str, Mapping[str, Mapping[str, Estimate]]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    corruption: Corruption | None = None
    confusions: Mapping[str, tuple[tuple[int, ...], ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One row of an evaluation: estimates by metric, the clips' own values, the scores over all frames together, and
    frames by true and told conversational state."""

    estimates: Mapping[str, Estimate]
    per_clip: Mapping[str, tuple[float | None, ...]]
    pooled: Mapping[str, float]
    confusions: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, eq=False)
class _Packed:
    """The shares of one motion, as numbers (names, 2): a run of the whole protocol has millions."""

    names: tuple[str, ...]
    numbers: np.ndarray

    def unpacked(self) -> Shares:
        """The shares by name."""
        return {
            name: Share(above, below) for name, (above, below) in zip(self.names, self.numbers.tolist(), strict=True)
        }


class Tally:
    """The scores of some rows over all cases: shares are kept, pools are added up."""

    def __init__(self) -> None:
        self._shares: dict[str, dict[int, list[_Packed]]] = {}
        self._pools: dict[str, Pools] = {}
        self._confusions: dict[str, np.ndarray] = {}
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}

    def add(self, number: int, scores: Scores) -> None:
        """The scores of case `number`, which comes once."""
        for row, score in scores.items():
            self._shares.setdefault(row, {})[number] = [self._packed(shares) for shares in score.shares]
            if score.pools:
                self._pools[row] = add_pools(self._pools[row], score.pools) if row in self._pools else score.pools
            if score.confusions is not None:
                self._confusions[row] = self._confusions.get(row, 0) + score.confusions

    def _packed(self, shares: Shares) -> _Packed:
        names = tuple(shares)
        numbers = np.array([(share.above, share.below) for share in shares.values()], dtype=np.float64)
        return _Packed(self._names.setdefault(names, names), numbers.reshape(-1, 2))

    def closed(self, clips: Sequence[int]) -> dict[str, Row]:
        """Every row; `clips` has the conversation of each case."""
        return {row: self._row(row, clips) for row in self._shares}

    def part(self, clips: Sequence[int], numbers: Collection[int]) -> dict[str, dict[str, Estimate]]:
        """The estimates of every row over some of the cases, by their numbers."""
        found = {row: self._found(row, numbers) for row in self._shares}
        return {row: estimate(_by_conversation(shares, clips)) for row, shares in found.items() if shares}

    def _found(self, row: str, numbers: Collection[int] | None = None) -> dict[int, list[Shares]]:
        """What each case, or some of them, says about a row."""
        packed = self._shares[row]
        return {
            number: [one.unpacked() for one in some]
            for number, some in packed.items()
            if numbers is None or number in numbers
        }

    def _row(self, row: str, clips: Sequence[int]) -> Row:
        found = self._found(row)
        return Row(
            estimate(_by_conversation(found, clips)),
            by_clip([found.get(number, []) for number in range(len(clips))]),
            score_pools(self._pools[row]) if row in self._pools else {},
            tuple(tuple(told) for told in self._confusions[row].tolist()) if row in self._confusions else (),
        )


def _by_conversation(found: Mapping[int, list[Shares]], clips: Sequence[int]) -> list[list[Shares]]:
    """The shares of every case, those of one conversation together."""
    together: dict[int, list[Shares]] = {}
    for number, shares in found.items():
        together.setdefault(clips[number], []).extend(shares)
    return list(together.values())
