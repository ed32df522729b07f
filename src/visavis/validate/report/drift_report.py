"""What a drift measurement says: a table in Markdown, and a page with every measure over time."""

from __future__ import annotations

import os
from collections.abc import Mapping
from html import escape

import numpy as np

from visavis.core.files import written_whole
from visavis.validate.benchmark.worst_clips import Signal
from visavis.validate.metrics.sliding_windows import HOP_S, HOPS, Change, Drift
from visavis.validate.report.charts import track_chart
from visavis.validate.report.html_report import document

REAL = "real motion"


def drift_table(found: Mapping[str, Drift]) -> str:
    """Markdown: each measure in the first and the last part, and the last over the first with its interval.

    Of real motion, whose parts are the same, the value alone.
    """
    lines = ["| | | first | last | last / first |", "|---|---|---|---|---|"]
    for name, one in found.items():
        for measure, change in one.changes.items():
            cells = [f"{change.first:.3g}", "-", "-"]
            if name != REAL:
                cells[1:] = [f"{change.last:.3g}", _ratio(change)]
            lines.append(f"| {name} | {measure} | {' | '.join(cells)} |")
    return "\n".join(lines)


def write_drift_page(path: str | os.PathLike[str], summary: str, found: Mapping[str, Drift]) -> None:
    """Write the page: every model's measures over time beside real motion of the same conversations.

    Raises `VisavisError` when the place cannot be written.
    """
    real = found[REAL].over_time
    sections = {
        name: track_chart(
            f"{name}: minutes that begin every {HOP_S} s, beside real motion of the same conversations",
            HOPS * HOP_S / 2,
            1 / HOP_S,
            [Signal(measure, "", np.array(real[measure]), np.array(v)) for measure, v in one.over_time.items()],
            {},
        )
        for name, one in found.items()
        if name != REAL
    }
    sections["As a table"] = f"<pre>{escape(drift_table(found))}</pre>"
    with written_whole(path) as temporary:
        temporary.write_text(document("Drift", summary, sections), encoding="utf-8")


def _ratio(change: Change) -> str:
    ratio = change.ratio
    if ratio.low is None or ratio.high is None:
        return f"{ratio.value:.3f}"
    return f"{ratio.value:.3f} [{ratio.low:.3f}, {ratio.high:.3f}]"
