from __future__ import annotations

from pathlib import Path

from visavis.core.local_processes import LocalProcesses
from visavis.system.system import System
from visavis.validate.benchmark.benchmark import Benchmark, run_benchmark
from visavis.validate.report.benchmark_report import json_of, tables_of, write_benchmark_report
from visavis.validate.report.report_data import Origin


def test_corrupted_runs_are_told_beside_the_clean_one(small_data: Path, small_system: System) -> None:
    asked = Benchmark(small_data, ("test",), corrupt=("motion:hold:0.5",), engine=LocalProcesses(1))
    (found,) = run_benchmark(small_system, "small", asked)
    assert "| motion:hold:0.5 |" in tables_of(found, brief=True)
    assert "| motion:hold:0.5 |" in tables_of(found, brief=False)
    assert (json_of(found)["model"], json_of(found)["split"], json_of(found)["turns"]) == ("small", "test", None)
    assert json_of(found)["corrupted"]["motion:hold:0.5"]["per_clip"] == {}
    assert json_of(found)["per_clip"]["model"]["fd_exp"]


def test_findings_become_a_page(small_data: Path, small_system: System, tmp_path: Path) -> None:
    asked = Benchmark(small_data, ("test",), engine=LocalProcesses(1))
    found = list(run_benchmark(small_system, "small", asked, worst=True))
    write_benchmark_report(
        found, small_system, "small", asked, Origin("visavis evaluate", "1", "today"), tmp_path / "page.html"
    )
    page = (tmp_path / "page.html").read_text()
    assert "small on data" in page
    assert "Not the same data" in page
    assert "Corrupted" not in page
