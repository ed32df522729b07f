"""The results of a benchmark as tables, as data for JSON, and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from visavis.system.system import System
from visavis.validate.benchmark.benchmark import Finding, Study
from visavis.validate.benchmark.corruption import CLEAN
from visavis.validate.report.html_report import write_report
from visavis.validate.report.markdown_tables import markdown, plain, robustness, summary
from visavis.validate.report.report_data import DataSet, Measured, Origin, Report
from visavis.validate.report.robustness_curves import robustness_curves


def tables_of(finding: Finding, brief: bool) -> str:
    """Markdown: the clean run beside its controls, then what corruption does to it."""
    text = summary(finding.clean) if brief else markdown(finding.clean)
    if not finding.corrupted:
        return text
    return f"{text}\n### Corrupted input\n\n{robustness({CLEAN: finding.clean, **finding.corrupted})}"


def json_of(finding: Finding) -> dict[str, Any]:
    """The scores as data for JSON; the clips' own only of the clean run."""
    corrupted = {word: {**plain(found), "per_clip": {}} for word, found in finding.corrupted.items()}
    asked = {"model": finding.model, "split": finding.split, "turns": finding.turns}
    return {**asked, **plain(finding.clean), "corrupted": corrupted}


def write_benchmark_report(
    findings: Sequence[Finding], system: System, name: str, study: Study, origin: Origin, path: Path
) -> None:
    """Write the findings' page; raises `VisavisError` when the place cannot be written."""
    measured = tuple(Measured(name, f.split, f.turns, f.clean, f.worst) for f in findings)
    curves = [
        curve
        for f in findings
        for curve in robustness_curves(f.clean, [*f.corrupted.values()], where=f.title.partition(", ")[2])
    ]
    data = DataSet(study.data.resolve().name, system.space.name, all(f.dualtalk for f in findings))
    write_report(path, Report(f"{name} on {data.name}", data, measured, origin, tuple(curves)))
