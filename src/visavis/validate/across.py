"""Several models side by side, from what their evaluations wrote as JSON, in the layout of TIMAR's tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from visavis.core.config import from_dict
from visavis.core.errors import VisavisError
from visavis.core.files import read_json
from visavis.validate.compare import MODEL
from visavis.validate.intervals import Estimate
from visavis.validate.published import COLUMNS
from visavis.validate.report_tables import heading, number

BESIDE = ("lip_jaw_correlation", "react_f1_nod", "react_f1_smile", "head_speed_ratio", "seam_speed")
"""What the published tables do not ask: lips, reactions, liveliness, seams."""

_CONTROLS = ("mean face", "first frame held", "real motion of another clip")


@dataclass(frozen=True)
class Scored:
    """One evaluation of a model: on which split, with how many turns of history (None: as trained)."""

    model: str
    split: str
    turns: int | None
    clips: int
    minutes: float
    seeds: tuple[int, ...]
    rows: Mapping[str, Mapping[str, Estimate]]


@dataclass(frozen=True)
class _Row:
    turns: str
    name: str
    scores: Mapping[str, Estimate]


def read_scored(path: Path) -> list[Scored]:
    """The evaluations in a file that `visavis evaluate --json` wrote; raises `VisavisError` for any other."""
    try:
        return [_scored(found) for found in read_json(path).values()]
    except (KeyError, TypeError, AttributeError) as error:
        raise VisavisError(f"{path} holds no evaluation; write one with `visavis evaluate MODEL --json F`") from error


def across(evaluations: Sequence[Scored]) -> str:
    """Markdown: for each split a table in the published layout, and one of what it does not ask.

    Rows are models by turns of history n, then the controls that need none; values are means over clips in printed
    units, +- half of the 95 % interval over clips.
    """
    parts = []
    for split in dict.fromkeys(one.split for one in evaluations):
        of_split = [one for one in evaluations if one.split == split]
        here = sorted(of_split, key=lambda one: math.inf if one.turns is None else one.turns)
        first = here[0]
        rows = [_Row("-" if one.turns is None else str(one.turns), one.model, one.rows[MODEL]) for one in here]
        rows += [_Row("", name, first.rows[name]) for name in _CONTROLS if name in first.rows]
        seeds = ", ".join(map(str, first.seeds))
        size = f"{first.clips} clips, {first.minutes:.0f} minutes of animated people, seeds {seeds}"
        parts += [f"### {split}\n\n{size}.", _table(rows, COLUMNS), _table(rows, BESIDE)]
    return "\n\n".join(parts) + "\n"


def _scored(found: Mapping[str, Any]) -> Scored:
    rows = {
        row: {name: from_dict(Estimate, estimate) for name, estimate in scores.items()}
        for row, scores in found["rows"].items()
    }
    return Scored(
        found["model"], found["split"], found["turns"], found["clips"], found["minutes"], tuple(found["seeds"]), rows
    )


def _table(rows: Sequence[_Row], columns: Sequence[str]) -> str:
    lines = ["| n | | " + " | ".join(map(heading, columns)) + " |", "|---|---|" + "---|" * len(columns)]
    for row in rows:
        cells = " | ".join(_cell(row.scores, column) for column in columns)
        lines.append(f"| {row.turns} | {row.name} | {cells} |")
    return "\n".join(lines)


def _cell(row: Mapping[str, Estimate], column: str) -> str:
    estimate = row.get(column)
    if estimate is None:
        return "-"
    value = number(column, estimate.value)
    spread = (estimate.high - estimate.low) / 2
    return f"{value} ± {number(column, spread)}" if spread > 0 else value
