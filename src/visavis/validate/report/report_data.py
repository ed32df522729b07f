"""The data of a report: what was measured, on which data, and how."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version

from visavis.validate.benchmark.aggregation import Evaluation
from visavis.validate.benchmark.case_scores import FIRST_FRAME, MEAN_FACE, ORACLE, PARTNER, REAL, REAL_OTHER
from visavis.validate.benchmark.worst_clips import WorstClip
from visavis.validate.metrics.intervals import Estimate
from visavis.validate.report.charts import Curve

CONTROLS = (MEAN_FACE, FIRST_FRAME, PARTNER, REAL_OTHER, ORACLE, REAL)
"""The rows of an evaluation that no model has a part in."""


@dataclass(frozen=True)
class DataSet:
    """What was evaluated on; `dualtalk`: these are the very clips of the published tables."""

    name: str
    space: str
    dualtalk: bool = False


@dataclass(frozen=True)
class Measured:
    """One evaluation of one model on one split ("" = all) of clean data, with `turns` of history (None: as trained).

    `reproduces` names the published method (`published_scores.METHODS`) whose weights these are, if any.
    """

    model: str
    split: str
    turns: int | None
    evaluation: Evaluation
    worst: tuple[WorstClip, ...] = ()
    reproduces: str = ""

    @property
    def controls(self) -> dict[str, Mapping[str, Estimate]]:
        """The scores of what needs no training, by row."""
        return {row: self.evaluation.rows[row] for row in CONTROLS if row in self.evaluation.rows}

    def per_clip(self, row: str, metric: str) -> tuple[float, ...]:
        """The clips' own scores, raw; of those that have one."""
        values = self.evaluation.per_clip.get(row, {}).get(metric, ())
        return tuple(value for value in values if value is not None and math.isfinite(value))


@dataclass(frozen=True)
class Origin:
    """How the numbers were made: the command line, the version, the date, and other facts by name (device, steps)."""

    command: str
    version: str
    date: str
    options: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_command(cls, words: Sequence[str]) -> Origin:
        """The command `visavis` with these words, today, as it is installed."""
        return cls(shlex.join(["visavis", *words]), version("visavis"), date.today().isoformat())


@dataclass(frozen=True)
class Report:
    """Everything that a page shows; `curves` are those of `robustness_curves.robustness_curves` or any others."""

    title: str
    data: DataSet
    measured: tuple[Measured, ...]
    origin: Origin
    curves: tuple[Curve, ...] = ()

    @property
    def splits(self) -> dict[str, list[Measured]]:
        """What was measured on each split."""
        return {split: [m for m in self.measured if m.split == split] for split in {m.split: 0 for m in self.measured}}

    @property
    def longest(self) -> dict[str, list[Measured]]:
        """For each split, every model with its longest history."""
        found: dict[str, dict[str, Measured]] = {}
        for split, measured in self.splits.items():
            best = found.setdefault(split, {})
            for one in measured:
                if one.model not in best or _span(one) > _span(best[one.model]):
                    best[one.model] = one
        return {split: [*best.values()] for split, best in found.items()}


def _span(measured: Measured) -> float:
    return float("inf") if measured.turns is None else measured.turns
