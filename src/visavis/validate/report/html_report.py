"""The report of an evaluation as one HTML page that needs no other file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from visavis.analysis.states import STATES
from visavis.core.clock import FPS
from visavis.core.files import written_whole
from visavis.validate.benchmark.aggregation import Evaluation
from visavis.validate.benchmark.case_scores import MODEL, MODEL_MEAN
from visavis.validate.benchmark.published_scores import COLUMNS, METHODS, SOURCE, TABLE_1, TABLE_2, Published, printed
from visavis.validate.benchmark.worst_clips import WorstClip, badness
from visavis.validate.metrics.intervals import Estimate
from visavis.validate.report.charts import Strip, curve_chart, strip_chart, track_chart
from visavis.validate.report.html_tables import (
    Block,
    all_metrics_table,
    confusions_table,
    difference_row,
    heading,
    measured_row,
    number,
    printed_table,
    published_row,
    rows_table,
)
from visavis.validate.report.markdown_tables import lip_metrics, lips_by_source
from visavis.validate.report.report_data import DataSet, Measured, Report

_DRAWN = ((MODEL, ""), (MODEL_MEAN, ", predicted mean"))

STYLE = Path(__file__).parents[2] / "assets" / "report.css"

_READING = f"""
<p>Every number is computed for each person of each clip and then averaged over clips; small print is the 95 % interval
of the mean, from drawing the clips again with replacement. Columns of Table 1, in the units in which {SOURCE} prints
them, for expression, jaw and head pose:</p>
<dl>
<dt>FD ↓</dt><dd>Frechet distance of the frames' distributions, prediction against truth. It cannot see timing: compare
with real motion of another clip.</dd>
<dt>P-FD ↓</dt><dd>The same for partner and person together, frame by frame.</dd>
<dt>MSE ↓</dt><dd>Mean squared error. One of many right answers is judged by its distance from another, so the mean face
does well here; a model's predicted mean is the fair comparison.</dd>
<dt>SID ↑</dt><dd>Variety: entropy, in bits, of the clusters that the prediction visits.</dd>
<dt>rPCC ↓</dt><dd>How far the correlation with the partner is from the true one.</dd>
</dl>
"""


def write_report(path: str | os.PathLike[str], report: Report) -> None:
    """Write the page; raises `VisavisError` when the place cannot be written."""
    with written_whole(path) as temporary:
        temporary.write_text(page(report), encoding="utf-8")


def page(report: Report) -> str:
    """The page as HTML; sections that have nothing to show are left out."""
    sections = {
        "Beside the published tables": _published(report),
        "Beside what needs no training": _baselines(report),
        "Lips by source": _lips(report),
        "Conversational states": _states(report),
        "Clip by clip": _distributions(report),
        "Worst clips": _worst(report),
        "Robustness": _curves(report),
        "All other metrics": _others(report),
        "What could not be scored": _problems(report),
        "How to read it": _READING,
        "How it was made": _origin(report),
    }
    return document(report.title, _summary(report), sections)


def document(title: str, summary: str, sections: Mapping[str, str]) -> str:
    """A page of sections of HTML by their titles, with links to each; those without content are left out."""
    shown = {title: body for title, body in sections.items() if body}
    links = "".join(f'<li><a href="#s{n}">{escape(title)}</a></li>' for n, title in enumerate(shown))
    bodies = "".join(
        f'<section id="s{n}"><h2>{escape(t)}</h2>{body}</section>' for n, (t, body) in enumerate(shown.items())
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>\n{STYLE.read_text(encoding='utf-8')}</style></head>\n<body>"
        f"<header><h1>{escape(title)}</h1><p>{escape(summary)}</p><nav><ul>{links}</ul></nav></header>"
        f"\n<main>{bodies}</main></body></html>\n"
    )


def _summary(report: Report) -> str:
    models = ", ".join(dict.fromkeys(one.model for one in report.measured))
    return " · ".join(part for part in (models, report.data.name, *_sizes(report), report.origin.date) if part)


def _sizes(report: Report) -> list[str]:
    first = {split: measured[0].evaluation for split, measured in report.splits.items()}
    return [f"{_split(split)} {e.clips} clips, {e.minutes:.1f} minutes" for split, e in first.items()]


def _published(report: Report) -> str:
    parts = [_note(report.data)]
    for split in report.splits or dict.fromkeys(row.split for row in TABLE_1):
        rows, mine = [row for row in TABLE_1 if row.split == split], report.splits.get(split, [])
        turns = sorted({row.turns for row in rows} | {one.turns for one in mine if one.turns is not None})
        blocks = [_block(n, rows, mine, report.data) for n in (*turns, None)]
        parts.append(printed_table(f"{_split(split)}: progressive context, the layout of Table 1", blocks))
    ablated = [one for one in report.measured if (one.split, one.turns) == (TABLE_2[0].split, TABLE_2[0].turns)]
    if ablated:
        block = _block(TABLE_2[0].turns, TABLE_2, ablated, report.data)
        parts.append(printed_table(f"{_split(TABLE_2[0].split)}: ablations, the layout of Table 2", [block]))
    return "".join(parts)


def _note(data: DataSet) -> str:
    if data.dualtalk:
        return (
            f'<p class="note">Published rows are from {SOURCE}. They and the rows measured here are of the same data, '
            "that of the DualTalk benchmark, and can be compared where all of its clips were scored.</p>"
        )
    units = "" if data.space == "flame56" else f" The motion space, {escape(data.space)}, has other units, too."
    return (
        f'<p class="note warning"><strong>Not the same data.</strong> Published rows ({SOURCE}) were measured on '
        f"DualTalk's data, the rows measured here on {escape(data.name)}.{units} They stand in one table for its "
        "layout; a smaller number does not make a better model.</p>"
    )


def _block(turns: int | None, rows: Sequence[Published], measured: Sequence[Measured], data: DataSet) -> Block:
    beside = {row.method: row for row in rows if row.turns == turns}
    lines = [published_row(row) for row in beside.values()]
    for one in measured:
        if one.turns == turns:
            scores = one.evaluation.rows.get(MODEL, {})
            lines.append(measured_row(one.model, data.name, scores))
            same = beside.get(METHODS.get(one.reproduces, ""))
            if data.dualtalk and same is not None:
                lines.append(difference_row(same, scores))
    return Block(_history(turns), tuple(lines))


def _baselines(report: Report) -> str:
    parts = []
    for split, longest in report.longest.items():
        rows = {f"{one.model}{suffix}": one.evaluation.rows.get(row, {}) for one in longest for row, suffix in _DRAWN}
        models = [measured_row(name, report.data.name, scores) for name, scores in rows.items() if scores]
        controls = [measured_row(name, report.data.name, scores) for name, scores in longest[0].controls.items()]
        blocks = [Block("Models, the longest history", tuple(models)), Block("No training", tuple(controls))]
        parts.append(printed_table(f"{_split(split)}: what trivial and perfect answers score", blocks))
    return "".join(parts)


def _lips(report: Report) -> str:
    parts = []
    for split, longest in report.longest.items():
        for one in longest:
            rows = lips_by_source(one.evaluation)
            parts.append(rows_table(f"{_split(split)}: {one.model}, {_short(one.turns)}", rows, lip_metrics(rows)))
    if not any(parts):
        return ""
    return (
        "<p>Recordings of several kinds are in one split; each has faces of its own, and real motion of it is the "
        f"measure. Raw units; docs/metrics.md defines each.</p>{''.join(parts)}"
    )


def _states(report: Report) -> str:
    parts = []
    for split, longest in report.longest.items():
        for one in longest:
            where = f"{_split(split)}: {one.model}, {_short(one.turns)}"
            rows = {name: one.evaluation.rows[name] for name in one.evaluation.confusions}
            names = dict.fromkeys(name for row in rows.values() for name in row if name.startswith("state_"))
            parts.append(rows_table(where, rows, list(names)))
            parts += [
                confusions_table(f"{where}: what each true state is told as by {name}", counts, STATES)
                for name, counts in one.evaluation.confusions.items()
            ]
    if not any(parts):
        return ""
    return f"<p>Share of frames, by the event log of simulated conversations.</p>{''.join(parts)}"


def _distributions(report: Report) -> str:
    parts = []
    for split, measured in report.splits.items():
        figures = []
        for metric in COLUMNS:
            strips = [_strip(name, one, MODEL, metric, True) for name, one in _named(measured).items()]
            control = report.longest[split][0]
            strips += [_strip(row, control, row, metric, False) for row in control.controls]
            if any(strip.values for strip in strips):
                figures.append(strip_chart(heading(metric), strips))
        if figures:
            parts.append(f'<h3>{escape(_split(split))}</h3><div class="grid">{"".join(figures)}</div>')
    legend = (
        "<p>A dot is one person of one clip; the box holds the middle half of them, the bar is the median, the diamond "
        "the mean. Units are those of the tables above.</p>"
    )
    return legend + "".join(parts) if parts else ""


def _named(measured: Sequence[Measured]) -> dict[str, Measured]:
    """Each by a short name: that of its model only where there are several."""
    several = len({one.model for one in measured}) > 1
    return {f"{one.model if several else MODEL}, {_short(one.turns)}": one for one in measured}


def _strip(label: str, measured: Measured, row: str, metric: str, ours: bool) -> Strip:
    return Strip(label, tuple(printed(metric, value) for value in measured.per_clip(row, metric)), ours)


def _worst(report: Report) -> str:
    figures = []
    for one in report.measured:
        order = list(dict.fromkeys(worst.rank.metric for worst in one.worst))
        for worst in sorted(one.worst, key=lambda w: (order.index(w.rank.metric), -_badness(w))):
            rank = worst.rank
            value, median = number(rank.metric, rank.value), number(rank.metric, rank.median)
            where = ", ".join(part for part in (rank.clip, one.split, one.model, _short(one.turns)) if part)
            title = f"{heading(rank.metric)}: {value}, the median is {median} ({where})"
            figures.append(track_chart(title, worst.start_s, FPS, worst.signals, worst.voices))
    legend = (
        '<p><span class="target">True motion</span> and <span class="prediction">prediction</span> where they differ '
        "most; below, who speaks: the agent is the person predicted, the user the partner.</p>"
    )
    return legend + "".join(figures) if figures else ""


def _curves(report: Report) -> str:
    charts = "".join(map(curve_chart, report.curves))
    return f'<p>Whiskers are 95 % intervals over clips.</p><div class="grid">{charts}</div>' if charts else ""


def _others(report: Report) -> str:
    parts = []
    for split, longest in report.longest.items():
        for one in longest:
            caption = f"{_split(split)}: {one.model}, {_short(one.turns)}"
            parts.append(all_metrics_table(caption, _with_pooled(one.evaluation)))
    return "<p>Raw units; docs/metrics.md defines each.</p>" + "".join(parts) if any(parts) else ""


def _with_pooled(evaluation: Evaluation) -> dict[str, dict[str, Estimate]]:
    """All rows with the scores over all clips together, which have no interval."""
    pooled = {
        row: {name: Estimate(value, value, value, evaluation.clips) for name, value in scores.items()}
        for row, scores in evaluation.pooled.items()
    }
    return {row: {**scores, **pooled.get(row, {})} for row, scores in evaluation.rows.items()}


def _problems(report: Report) -> str:
    lines = dict.fromkeys(line for one in report.measured for line in one.evaluation.problems)
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>" if lines else ""


def _origin(report: Report) -> str:
    seeds = dict.fromkeys(seed for one in report.measured for seed in one.evaluation.seeds)
    facts = {
        "Model": ", ".join(dict.fromkeys(one.model for one in report.measured)),
        "Data": f"{report.data.name}, motion space {report.data.space}",
        "Clips": "; ".join(_sizes(report)),
        "History": ", ".join(dict.fromkeys(_short(one.turns) for one in report.measured)),
        "Seeds": ", ".join(map(str, seeds)),
        **report.origin.options,
        "visavis": report.origin.version,
        "Date": report.origin.date,
    }
    command = f"<p><code>{escape(report.origin.command)}</code></p>" if report.origin.command else ""
    lines = (f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts.items() if text)
    return f'{command}<dl class="facts">{"".join(lines)}</dl>'


def _badness(worst: WorstClip) -> float:
    return badness(worst.rank.metric, worst.rank.value)


def _split(name: str) -> str:
    return {"test": "Test", "ood": "OOD", "natural": "Natural", "people": "People", "": "All clips"}.get(name, name)


def _short(turns: int | None) -> str:
    return "as trained" if turns is None else f"n = {turns}"


def _history(turns: int | None) -> str:
    if turns is None:
        return "History as trained"
    return f"n = {turns} {'turn' if turns == 1 else 'turns'} of history"
