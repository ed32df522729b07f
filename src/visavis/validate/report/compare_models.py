"""Comparison of models: their evaluations, read from JSON, side by side in the layout of TIMAR's tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from visavis.analysis.states import STATES as STATE_NAMES
from visavis.core.config import from_dict
from visavis.core.errors import VisavisError
from visavis.core.files import read_json
from visavis.validate.benchmark.case_scores import (
    FIRST_FRAME,
    LIVE_RULE_HEARD,
    LIVE_RULE_LOGGED,
    LOUDNESS,
    MEAN_FACE,
    MODEL,
    MODEL_SWAPPED,
    REAL,
    REAL_OTHER,
)
from visavis.validate.benchmark.published_scores import COLUMNS
from visavis.validate.metrics.intervals import Estimate
from visavis.validate.metrics.states import ACCURACY, recall_name
from visavis.validate.report.html_tables import heading, number
from visavis.validate.report.markdown_tables import ARIG_COLUMNS, ROOM

BESIDE = ("lip_jaw_correlation", "react_f1_nod", "react_f1_smile", "head_speed_ratio", "seam_speed")
"""What the published tables do not ask: lips, reactions, liveliness, seams."""

LIPS = (
    *("lip_jaw_correlation", "lip_jaw_correlation_throughout", "lip_jaw_lag_ms", "lip_closure_bilabial"),
    *("lip_closure_other", "lip_rounding_correlation", "lip_moving_while_silent"),
)
"""Whether the mouth is the right one; beside loudness alone and the truth, and for each source of a split."""

OTHER_USER = ", other user"
"""What follows the name of a reaction's F1 where the user was another clip's."""

REACTIONS = (
    *("react_f1_nod", f"react_f1_nod{OTHER_USER}", "react_signed_s_nod", "react_absolute_s_nod"),
    *("react_nods_after_line", "react_nods_in_pause", "react_nods_elsewhere"),
    *("react_f1_smile", f"react_f1_smile{OTHER_USER}", "react_f1_brow_raise"),
)
"""When it reacts: beside the same with another user, and beside real motion."""

STATES = (ACCURACY, *map(recall_name, STATE_NAMES))
"""Whether it knows the state of the conversation, beside the rules."""

OVERVIEW = (
    *("lip_jaw_correlation", "react_f1_nod", f"react_f1_nod{OTHER_USER}", "react_f1_smile", "head_speed_ratio"),
    *("gaze_mutual", "pooled_fd_exp", "pooled_rpcc_exp", "pooled_sid_exp", "pooled_var_exp", ACCURACY),
)
"""One column or two of each question."""

_CONTROLS = (MEAN_FACE, FIRST_FRAME, REAL_OTHER)
_LIP_CONTROLS = (LOUDNESS, REAL_OTHER, REAL)
_REACTION_CONTROLS = (REAL_OTHER, REAL)
_POOLED_CONTROLS = (MEAN_FACE, REAL_OTHER, REAL)
_STATE_CONTROLS = (LIVE_RULE_LOGGED, LIVE_RULE_HEARD)


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
    parts: Mapping[str, Mapping[str, Mapping[str, Estimate]]]
    pooled: Mapping[str, Mapping[str, Estimate]]


@dataclass(frozen=True)
class _Row:
    turns: str
    name: str
    scores: Mapping[str, Estimate]


def read_scored(path: Path) -> list[Scored]:
    """The evaluations in a file that `visavis evaluate --json` wrote; raises `VisavisError` for any other."""
    try:
        scored = [_scored(found) for found in read_json(path).values()]
    except (KeyError, TypeError, AttributeError) as error:
        raise _no_evaluation(path) from error
    if not scored:
        raise _no_evaluation(path)
    return scored


def _no_evaluation(path: Path) -> VisavisError:
    return VisavisError(f"{path} holds no evaluation; write one with `visavis evaluate MODEL --json F`")


def compare_models(evaluations: Sequence[Scored]) -> str:
    """Markdown: for each split a table in the published layout, one of what it does not ask, and one each of lips,
    reactions, people in a room, ARIG's columns (over all frames together, without intervals) and conversational states.

    Rows are models by turns of history n, then the controls that need none; values are means over clips in printed
    units, +- half of the 95 % interval over clips.
    """
    parts = []
    for split in dict.fromkeys(one.split for one in evaluations):
        of_split = [one for one in evaluations if one.split == split]
        here = sorted(of_split, key=lambda one: math.inf if one.turns is None else one.turns)
        first = here[0]
        drawn = _models(here)
        rows = [*drawn, *_controls(first.rows, _CONTROLS)]
        lips = [*drawn, *_controls(first.rows, _LIP_CONTROLS)]
        for source in first.parts:
            lips += [*_models(here, source), *_controls(first.parts[source], _LIP_CONTROLS, source)]
        seeds = ", ".join(map(str, first.seeds))
        size = f"{first.clips} clips, {first.minutes:.0f} minutes of animated people, seeds {seeds}"
        reactions = [*drawn, *_controls(first.rows, _REACTION_CONTROLS)]
        pooled = _models([replace(one, rows=one.pooled) for one in here])
        pooled += _controls(first.pooled, _POOLED_CONTROLS)
        knowing = next((one for one in here if ACCURACY in one.rows.get(MODEL, {})), first)
        states = [*drawn, *_controls(knowing.rows, _STATE_CONTROLS)]
        tables = [_table(rows, COLUMNS), _table(rows, BESIDE), _table(lips, LIPS), _table(reactions, REACTIONS)]
        tables += [_table([*drawn, *_controls(first.rows, (REAL,))], (*ROOM, "seam_peak_jerk_natural"))]
        tables += [_table(pooled, ARIG_COLUMNS), _table(states, STATES)]
        parts += [f"### {split}\n\n{size}.", *filter(None, tables)]
    return "\n\n".join(parts) + "\n"


def overview(evaluations: Sequence[Scored]) -> str:
    """Markdown: for each split one short table of what is asked of all of them, models and real motion."""
    parts = []
    for split in dict.fromkeys(one.split for one in evaluations):
        here = [one for one in evaluations if one.split == split]
        everything = [
            replace(one, rows={**one.rows, **{name: {**one.pooled[name], **one.rows[name]} for name in one.pooled}})
            for one in here
        ]
        rows = [*_models(everything), *_controls(everything[0].rows, (REAL,))]
        parts += [f"### {split}", _table(rows, OVERVIEW)]
    return "\n\n".join(parts) + "\n"


def _models(evaluations: Sequence[Scored], source: str = "") -> list[_Row]:
    """A row for each evaluation, of all clips or of one source's."""
    rows: list[_Row] = []
    for one in evaluations:
        scores = one.parts.get(source, {}) if source else one.rows
        if MODEL in scores:
            turns = "-" if one.turns is None else str(one.turns)
            swapped = scores.get(MODEL_SWAPPED, {})
            other = {f"{name}{OTHER_USER}": found for name, found in swapped.items() if name.startswith("react_f1_")}
            rows.append(_Row(turns, _of(source, one.model), {**scores[MODEL], **other}))
    return rows


def _controls(rows: Mapping[str, Mapping[str, Estimate]], names: Sequence[str], source: str = "") -> list[_Row]:
    return [_Row("", _of(source, name), rows[name]) for name in names if name in rows]


def _of(source: str, name: str) -> str:
    return f"{source}: {name}" if source else name


def _scored(found: Mapping[str, Any]) -> Scored:
    return Scored(
        model=found["model"],
        split=found["split"],
        turns=found["turns"],
        clips=found["clips"],
        minutes=found["minutes"],
        seeds=tuple(found["seeds"]),
        rows=_estimates(found["rows"]),
        parts={source: _estimates(rows) for source, rows in found.get("parts", {}).items()},
        pooled={
            row: {name: Estimate(value, None, None, 0) for name, value in scores.items()}
            for row, scores in found.get("pooled", {}).items()
        },
    )


def _estimates(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Estimate]]:
    return {
        row: {name: from_dict(Estimate, estimate) for name, estimate in scores.items()} for row, scores in rows.items()
    }


def _table(rows: Sequence[_Row], columns: Sequence[str]) -> str:
    """The rows that have something to say, in Markdown; "" where none has."""
    rows = [row for row in rows if any(column in row.scores for column in columns)]
    if not rows:
        return ""
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
    if estimate.low is None or estimate.high is None or estimate.high <= estimate.low:
        return value
    return f"{value} ± {number(column, (estimate.high - estimate.low) / 2)}"
