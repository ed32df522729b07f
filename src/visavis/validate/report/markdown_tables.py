"""Markdown tables of an evaluation, and its plain data for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from visavis.analysis.state_agreement import shares_table
from visavis.validate.benchmark.aggregation import Evaluation
from visavis.validate.benchmark.case_scores import (
    FIRST_FRAME,
    LIVE_RULE_HEARD,
    LIVE_RULE_LOGGED,
    LOUDNESS,
    MEAN_FACE,
    MODEL,
    MODEL_MEAN,
    MODEL_OTHER,
    MODEL_SWAPPED,
    ORACLE,
    REAL,
    REAL_OTHER,
)
from visavis.validate.metrics.intervals import Estimate

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Distribution of frames": ("fd", "pfd"),
    "Variety": ("sid", "sid_reverse", "var"),
    "Squared error": ("mse", "zmse"),
    "Movement": ("head_speed_ratio", "seam", "sts"),
    "Dependence on the partner": ("rpcc", "reactivity"),
    "Lips": ("lip",),
    "Gaze": ("gaze",),
    "Reactions": ("react_f1",),
    "Nods by moment": ("react_nods",),
    "Onset errors of reactions": ("react_signed_s", "react_absolute_s"),
    "Conversational states": ("state",),
    "Two people in one room: distributions": ("pair_fd", "pair_pfd", "pair_sid"),
    "Two people in one room: squared error": ("pair_mse", "pair_vmse"),
}
"""Which metrics, by the beginning of their names, are printed together."""


@dataclass(frozen=True)
class Question:
    """One table of a summary: what it asks, and the rows and metrics (by the beginning of their names) that answer.

    needs: a metric without which it is not asked.
    """

    title: str
    rows: tuple[str, ...]
    metrics: tuple[str, ...]
    needs: str | None = None


ROBUSTNESS = ("fd", "mse", "head_speed_ratio", "lip_jaw_correlation", "react_f1_nod", "react_f1_smile")
"""What a table of corrupted runs shows."""

LIPS = ("lip_jaw_correlation", "lip_jaw_lag_ms", "lip_closure", "lip_rounding_correlation", "lip_moving_while_silent")
"""The lip metrics that say whether the mouth is the right one."""

ROOM = (
    *("gaze_mutual", "gaze_at_partner_deg", "gaze_at_partner_speaking", "gaze_at_partner_listening"),
    *("lip_moving_while_partner_speaks", "lip_cross_talk", "seam_peak_jerk"),
)
"""Whether two in a room look at each other, whether who listens rests the mouth, and whether windows are seen."""

BY_SOURCE = (MODEL, LOUDNESS, REAL)
"""The rows that are printed for each source of a split that has several."""

SUMMARY = (
    Question(
        "Do samples move like people? (distance of distributions, less is better)",
        (MODEL, MODEL_OTHER, MEAN_FACE, FIRST_FRAME, REAL_OTHER),
        ("fd", "pfd"),
    ),
    Question(
        "Is the predicted mean right? (squared error, less is better; the oracle is close to the least possible)",
        (MODEL_MEAN, ORACLE, MEAN_FACE),
        ("mse",),
    ),
    Question(
        "Does it react? (real motion is the measure)",
        (MODEL, MODEL_SWAPPED, MODEL_OTHER, REAL_OTHER, REAL),
        (
            *("react_f1_nod", "react_f1_smile", "head_speed_ratio", "seam_speed"),
            *("react_signed_s_nod", "react_absolute_s_nod"),
        ),
    ),
    Question(
        "Do the lips say the words? (real motion is the measure, loudness alone what needs no words)",
        (MODEL, MODEL_OTHER, LOUDNESS, REAL_OTHER, REAL),
        LIPS,
    ),
    Question(
        "Do they look at each other, and is the mouth of who listens at rest? (real motion is the measure)",
        (MODEL, MODEL_OTHER, REAL),
        ROOM,
        needs="gaze_at_partner_agreement",
    ),
    Question(
        "Does it know the state of the conversation? (share of frames told right, of all and of each true state)",
        (MODEL, LIVE_RULE_LOGGED, LIVE_RULE_HEARD),
        ("state",),
    ),
)

ARIG_COLUMNS = tuple(f"pooled_{key}_{group}" for key in ("fd", "rpcc", "sid", "var") for group in ("exp", "pose"))
"""What ARIG's tables print, after DIM: over the frames of all clips together."""
ARIG_ROWS = (MODEL, MODEL_OTHER, MEAN_FACE, REAL_OTHER, REAL)


def summary(evaluation: Evaluation) -> str:
    """The questions most asked of a model, a small table each, with 95 % intervals."""
    parts = [_heading(evaluation, True)]
    for question in SUMMARY:
        rows = {name: evaluation.rows[name] for name in question.rows if name in evaluation.rows}
        known = list(dict.fromkeys(name for row in rows.values() for name in row))
        columns = [name for key in question.metrics for name in known if _belongs(name, key)]
        if columns and question.needs in (None, *known):
            parts.append(f"**{question.title}**\n\n{_table(rows, columns, True)}")
    if evaluation.parts:
        parts.append(f"**Lips by source**\n\n{_lips_by_source(evaluation, True)}")
    parts += [f"**{title}**\n\n{table}" for title, table in _confusions(evaluation).items()]
    pooled = {name: evaluation.pooled[name] for name in ARIG_ROWS if name in evaluation.pooled}
    columns = [name for name in ARIG_COLUMNS if any(name in row for row in pooled.values())]
    if columns:
        parts.append(f"**The columns of ARIG's tables, over all frames together**\n\n{_pooled_table(pooled, columns)}")
    return "\n\n".join(parts) + "\n"


def markdown(
    evaluation: Evaluation,
    *,
    metrics: Sequence[str] | None = None,
    rows: Sequence[str] | None = None,
    intervals: bool = True,
) -> str:
    """Tables with a row for each thing scored and a column for each metric, one table per section.

    `metrics` chooses columns by full name and prints one table; `rows` chooses rows. Values are means over clips,
    in brackets their 95 % intervals.
    """
    chosen = {name: row for name, row in evaluation.rows.items() if rows is None or name in rows}
    if metrics is not None:
        return _table(chosen, list(metrics), intervals)
    known = list(dict.fromkeys(name for row in chosen.values() for name in row))
    parts = [_heading(evaluation, intervals)]
    for title, keys in SECTIONS.items():
        columns = [name for key in keys for name in known if _belongs(name, key)]
        if columns:
            parts.append(f"### {title}\n\n{_table(chosen, columns, intervals)}")
    if evaluation.parts:
        parts.append(f"### Lips by source\n\n{_lips_by_source(evaluation, intervals)}")
    pooled = {name: row for name, row in evaluation.pooled.items() if name in chosen}
    if pooled:
        columns = list(dict.fromkeys(name for row in pooled.values() for name in row))
        parts.append(f"### Over the frames of all clips together\n\n{_pooled_table(pooled, columns)}")
    parts += [
        f"### {title}\n\n{table}" for title, table in _confusions(evaluation).items() if rows is None or MODEL in rows
    ]
    return "\n\n".join(parts) + "\n"


def lips_by_source(evaluation: Evaluation) -> dict[str, Mapping[str, Estimate]]:
    """The scores of each source of a split that has several, by `SOURCE: ROW` (`BY_SOURCE`)."""
    return {
        f"{source}: {row}": scores
        for source, found in evaluation.parts.items()
        for row, scores in found.items()
        if row in BY_SOURCE
    }


def lip_metrics(rows: Mapping[str, Mapping[str, Estimate]]) -> list[str]:
    """The lip metrics that any row has, in the order of `LIPS`."""
    known = list(dict.fromkeys(name for row in rows.values() for name in row))
    return [name for key in LIPS for name in known if _belongs(name, key)]


def _lips_by_source(evaluation: Evaluation, intervals: bool) -> str:
    rows = lips_by_source(evaluation)
    return _table(rows, lip_metrics(rows), intervals)


def robustness(evaluations: Mapping[str, Evaluation], metrics: Sequence[str] = ROBUSTNESS) -> str:
    """One table with a row for each corruption of the input, the clean run among them, of what the model then does."""
    rows = {title: one.rows[MODEL] for title, one in evaluations.items()}
    known = list(dict.fromkeys(name for row in rows.values() for name in row))
    return _table(rows, [name for key in metrics for name in known if _belongs(name, key)], True) + "\n"


def plain(evaluation: Evaluation) -> dict[str, Any]:
    """The evaluation as data for JSON."""
    return asdict(evaluation)


def _belongs(name: str, key: str) -> bool:
    if name.startswith("sid_reverse"):
        return key == "sid_reverse"
    return name == key or name.startswith(f"{key}_")


def _heading(evaluation: Evaluation, intervals: bool) -> str:
    clips = "clip" if evaluation.clips == 1 else "clips"
    heading = f"{evaluation.clips} {clips}, {evaluation.minutes:.1f} minutes of animated people"
    if evaluation.seeds:
        seeds = "seed" if len(evaluation.seeds) == 1 else "seeds"
        heading += f", {seeds} {', '.join(map(str, evaluation.seeds))}"
    if not intervals:
        return f"{heading}."
    if evaluation.clips < 2:
        return f"{heading}; one clip has no interval."
    return f"{heading}; brackets: 95 % bootstrap interval over clips."


def _table(rows: Mapping[str, Mapping[str, Estimate]], columns: list[str], intervals: bool) -> str:
    lines = ["| | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    for name, row in rows.items():
        if any(column in row for column in columns):
            cells = [_cell(row.get(column), intervals) for column in columns]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _confusions(evaluation: Evaluation) -> dict[str, str]:
    """What the model's states are told as, by title."""
    told = evaluation.confusions.get(MODEL)
    return {} if told is None else {"What the model tells each true state as": shares_table(told)}


def _pooled_table(rows: Mapping[str, Mapping[str, float]], columns: list[str]) -> str:
    exact = {
        row: {name: Estimate(value, value, value, 0) for name, value in scores.items()} for row, scores in rows.items()
    }
    return _table(exact, columns, False)


def _cell(estimate: Estimate | None, intervals: bool) -> str:
    if estimate is None:
        return "-"
    value = _number(estimate.value)
    if not intervals or estimate.low is None or estimate.high is None:
        return value
    return f"{value} [{_number(estimate.low)}, {_number(estimate.high)}]"


def _number(value: float) -> str:
    if abs(value) < 1e-5:
        return "0"
    if 0.01 <= abs(value) < 1000:
        return f"{value:.3g}"
    return f"{value:.2e}"
