"""Robustness curves: a metric over the share of corrupted frames, from evaluations under corrupted input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from visavis.validate.benchmark.aggregation import Evaluation
from visavis.validate.benchmark.case_scores import MODEL
from visavis.validate.benchmark.corruption import AGENT_SPEECH, MOTION, USER_SPEECH, Corruption
from visavis.validate.benchmark.published_scores import COLUMNS, printed
from visavis.validate.metrics.intervals import Estimate
from visavis.validate.report.charts import Curve, Point
from visavis.validate.report.html_tables import heading

FOLLOWED = ("fd_exp", "fd_jaw", "fd_pose", "head_speed_ratio", "lip_jaw_correlation", "react_f1_nod")
"""Metrics that are drawn where they are known."""

STREAMS: Mapping[str, str] = {MOTION: "user motion", USER_SPEECH: "user speech", AGENT_SPEECH: "agent speech"}


def robustness_curves(
    clean: Evaluation, corrupted: Sequence[Evaluation], *, metrics: Sequence[str] = FOLLOWED, where: str = ""
) -> tuple[Curve, ...]:
    """A chart for each stream and metric with a series for each kind of corruption, from the clean run at 0 on.

    `where` begins the titles: the split, the turns of history. Values are in printed units where there are any.
    """
    curves: list[Curve] = []
    for stream, title in STREAMS.items():
        damaged = [(e.corruption, e) for e in corrupted if e.corruption is not None and e.corruption.stream == stream]
        for metric in metrics:
            series: dict[str, list[Point]] = {}
            for corruption, evaluation in sorted(damaged, key=lambda pair: pair[0].occupancy):
                found = evaluation.rows.get(MODEL, {}).get(metric)
                if found is not None:
                    points = series.setdefault(_name(corruption), _start(clean, metric))
                    points.append(_point(metric, corruption.occupancy, found))
            if series:
                whole = f"{where + ', ' if where else ''}{title}: {heading(metric)}"
                curves.append(Curve(whole, "share of frames corrupted", {n: tuple(p) for n, p in series.items()}))
    return tuple(curves)


def _name(corruption: Corruption) -> str:
    return corruption.kind if corruption.snr_db is None else f"{corruption.kind}, {corruption.snr_db:g} dB"


def _start(clean: Evaluation, metric: str) -> list[Point]:
    found = clean.rows.get(MODEL, {}).get(metric)
    return [] if found is None else [_point(metric, 0.0, found)]


def _point(metric: str, occupancy: float, found: Estimate) -> Point:
    low, high = (None if bound is None else _shown(metric, bound) for bound in (found.low, found.high))
    return Point(occupancy, _shown(metric, found.value), low, high)


def _shown(metric: str, value: float) -> float:
    return printed(metric, value) if metric in COLUMNS else value
