"""The results of a benchmark as tables, as data for JSON, and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from visavis.system.system import System
from visavis.validate.benchmark.benchmark import Benchmark, BenchmarkResult
from visavis.validate.benchmark.corruption import CLEAN
from visavis.validate.report.html_report import write_report
from visavis.validate.report.markdown_tables import markdown, plain, robustness, summary
from visavis.validate.report.report_data import DataSet, Measured, Origin, Report
from visavis.validate.report.robustness_curves import robustness_curves


def tables_of(result: BenchmarkResult, brief: bool) -> str:
    """Markdown: the clean run beside its controls, then what corruption does to it."""
    text = summary(result.clean) if brief else markdown(result.clean)
    if not result.corrupted:
        return text
    return f"{text}\n### Corrupted input\n\n{robustness({CLEAN: result.clean, **result.corrupted})}"


def json_of(result: BenchmarkResult) -> dict[str, Any]:
    """The scores as data for JSON; the clips' own only of the clean run."""
    corrupted = {word: {**plain(found), "per_clip": {}} for word, found in result.corrupted.items()}
    asked = {"model": result.model, "split": result.split, "turns": result.turns}
    return {**asked, **plain(result.clean), "corrupted": corrupted}


def write_benchmark_report(
    results: Sequence[BenchmarkResult], system: System, name: str, benchmark: Benchmark, origin: Origin, path: Path
) -> None:
    """Write the results' page; raises `VisavisError` when the place cannot be written."""
    measured = tuple(Measured(name, f.split, f.turns, f.clean, f.worst) for f in results)
    curves = [
        curve
        for f in results
        for curve in robustness_curves(f.clean, [*f.corrupted.values()], where=f.title.partition(", ")[2])
    ]
    data = DataSet(benchmark.data.resolve().name, system.space.name, all(f.dualtalk for f in results))
    write_report(path, Report(f"{name} on {data.name}", data, measured, origin, tuple(curves)))
