"""HTML tables of scores: in the layout of TIMAR's Table 1, and with metrics down and rows across."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from visavis.validate.benchmark.published_scores import COLUMNS, GROUPS, KEYS, MORE_IS_BETTER, Published, printed, unit
from visavis.validate.metrics.intervals import Estimate

HEADINGS: Mapping[str, str] = {"fd": "FD", "pfd": "P-FD", "mse": "MSE", "sid": "SID", "rpcc": "rPCC"}
_UNITS: Mapping[float, str] = {1: "", 10: "\u00d710", 1e2: "\u00d710²", 1e3: "\u00d710³"}

_TO = "\u2009…\u2009"
_NOTHING = 2e-6
"""Rounding, and the entropy of a single cluster, which is not quite 0."""

PUBLISHED = "published"
MEASURED = "measured here"
_KINDS: Mapping[str, str] = {PUBLISHED: "published", MEASURED: "measured", "": "difference"}


@dataclass(frozen=True)
class Row:
    """A line in Table 1's layout: a cell of HTML for each column, where its numbers come from and on which data."""

    name: str
    cells: Mapping[str, str]
    source: str = ""
    data: str = ""


@dataclass(frozen=True)
class Block:
    """Rows under one heading."""

    heading: str
    rows: tuple[Row, ...]


def published_row(row: Published) -> Row:
    """A printed row, as printed."""
    return Row(row.method, {name: f"{row.scores[name]:.2f}" for name in COLUMNS}, PUBLISHED, "DualTalk's data")


def measured_row(name: str, data: str, scores: Mapping[str, Estimate]) -> Row:
    """Scores of an evaluation in printed units, with their intervals."""
    return Row(name, {column: _cell(column, scores[column]) for column in COLUMNS if column in scores}, MEASURED, data)


def difference_row(published: Published, scores: Mapping[str, Estimate]) -> Row:
    """How far measured scores lie from a printed row, in per cent of it."""
    ratios = {name: printed(name, scores[name].value) / published.scores[name] for name in COLUMNS if name in scores}
    cells = {name: f"{ratio - 1:+.1%}" for name, ratio in ratios.items()}
    return Row(f"difference from published {published.method}", cells)


def number(metric: str, value: float) -> str:
    """A raw value as text: in printed units where the published tables have the metric, else as it is."""
    shown = printed(metric, value) if metric in COLUMNS else value
    if abs(shown) < _NOTHING:
        return "0"
    if abs(shown) < 1e-3:
        digits, power = f"{shown:.1e}".split("e")
        return f"{digits}e{int(power)}"
    if metric not in COLUMNS:
        return f"{shown:.3g}"
    return f"{shown:.2f}" if abs(shown) >= 0.1 else f"{shown:.2g}"


def heading(metric: str) -> str:
    """A metric's name with its printed unit: `fd_jaw` is FD jaw ×10³."""
    if metric not in COLUMNS:
        return metric
    key, group = metric.split("_")
    return f"{HEADINGS[key]} {group} {_UNITS[unit(metric)]}".strip()


def printed_table(caption: str, blocks: Sequence[Block]) -> str:
    """A table in Table 1's layout; a column that a row does not have shows a dash, a block without rows nothing."""
    keys = "".join(
        f'<th class="start" colspan="3" scope="colgroup">{HEADINGS[key]} {_better(key)}</th>' for key in KEYS
    )
    columns = "".join(
        f'<th scope="col"{_start(name)}>{name.rpartition("_")[2]}<small>{_UNITS[unit(name)]}</small></th>'
        for name in COLUMNS
    )
    head = f'<tr><th rowspan="2" scope="col">what, and whose numbers</th>{keys}</tr><tr>{columns}</tr>'
    return _table(caption, head, "".join(_block(block) for block in blocks if block.rows))


def all_metrics_table(caption: str, rows: Mapping[str, Mapping[str, Estimate]]) -> str:
    """Every metric that is not in Table 1, raw: metrics down, rows across; nothing where there is none."""
    names = [name for name in dict.fromkeys(name for row in rows.values() for name in row) if name not in COLUMNS]
    shown = {title: row for title, row in rows.items() if any(name in row for name in names)}
    if not shown:
        return ""
    head = '<th scope="col">metric</th>' + "".join(f'<th scope="col">{escape(title)}</th>' for title in shown)
    lines = [
        f'<tr><th scope="row"><code>{escape(name)}</code></th>'
        + "".join(f"<td>{_cell(name, row[name]) if name in row else '-'}</td>" for row in shown.values())
        + "</tr>"
        for name in names
    ]
    return _table(caption, f"<tr>{head}</tr>", f"<tbody>{''.join(lines)}</tbody>")


def rows_table(caption: str, rows: Mapping[str, Mapping[str, Estimate]], columns: Sequence[str]) -> str:
    """These metrics, raw: rows down, metrics across; rows that have none of them are left out."""
    shown = {title: row for title, row in rows.items() if any(name in row for name in columns)}
    head = "<th></th>" + "".join(f'<th scope="col"><code>{escape(name)}</code></th>' for name in columns)
    lines = [
        f'<tr><th scope="row">{escape(title)}</th>'
        + "".join(f"<td>{_cell(name, row[name]) if name in row else '-'}</td>" for name in columns)
        + "</tr>"
        for title, row in shown.items()
    ]
    return _table(caption, f"<tr>{head}</tr>", f"<tbody>{''.join(lines)}</tbody>") if lines else ""


def confusions_table(caption: str, counts: Sequence[Sequence[int]], classes: Sequence[str]) -> str:
    """Of each true class, a row, the share that is told as each class, from their counts."""
    head = "<th>true, told as</th>" + "".join(f'<th scope="col">{escape(name)}</th>' for name in classes)
    lines = [
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{count / max(1, sum(some)):.1%}</td>" for count in some)
        + "</tr>"
        for name, some in zip(classes, counts, strict=True)
    ]
    return _table(caption, f"<tr>{head}</tr>", f"<tbody>{''.join(lines)}</tbody>")


def _cell(metric: str, estimate: Estimate) -> str:
    value = number(metric, estimate.value)
    if estimate.low is None or estimate.high is None:
        return value
    low, high = number(metric, estimate.low), number(metric, estimate.high)
    return value if value == low == high else f"{value}<small>{low}{_TO}{high}</small>"


def _better(key: str) -> str:
    return "↑" if key in MORE_IS_BETTER else "↓"


def _block(block: Block) -> str:
    title = f'<tr class="block"><th colspan="{len(COLUMNS) + 1}" scope="rowgroup">{escape(block.heading)}</th></tr>'
    return f"<tbody>{title}{''.join(map(_row, block.rows))}</tbody>"


def _row(row: Row) -> str:
    kind = _KINDS[row.source]
    badge = f'<small><span class="badge">{escape(row.source)}</span> {escape(row.data)}</small>' if row.source else ""
    cells = "".join(f"<td{_start(name)}>{row.cells.get(name, '-')}</td>" for name in COLUMNS)
    return f'<tr class="{kind}"><th scope="row">{escape(row.name)}{badge}</th>{cells}</tr>'


def _start(metric: str) -> str:
    return ' class="start"' if metric.endswith(f"_{GROUPS[0]}") else ""


def _table(caption: str, head: str, body: str) -> str:
    return (
        f'<div class="wide" tabindex="0"><table><caption>{escape(caption)}</caption>'
        f"<thead>{head}</thead>{body}</table></div>"
    )
