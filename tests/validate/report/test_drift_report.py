from __future__ import annotations

from pathlib import Path

import pytest

from visavis.core.errors import VisavisError
from visavis.validate.metrics.intervals import Estimate
from visavis.validate.metrics.sliding_windows import Change, Drift
from visavis.validate.report.drift_report import REAL, drift_table, write_drift_page


def drift_to(last: float) -> Drift:
    track = [{"fd_exp": 0.5 + (last - 0.5) * n / 9} for n in range(10)]
    return Drift([track, track], {"fd_exp": Change(0.5, last, Estimate(last / 0.5, 1.5, 2.5, 2))})


def test_the_end_stands_beside_the_beginning_and_people_beside_the_model() -> None:
    assert drift_table({"ours": drift_to(1.0), REAL: drift_to(0.5)}).splitlines()[2:] == [
        "| ours | fd_exp | 0.5 | 1 | 2.000 [1.500, 2.500] |",
        "| real motion | fd_exp | 0.5 | - | - |",
    ]


def test_the_page_shows_every_model_over_time(tmp_path: Path) -> None:
    found = {"ours": drift_to(1.0), "<theirs>": drift_to(0.75), REAL: drift_to(0.5)}
    write_drift_page(tmp_path / "a.html", "2 x 60 minutes", found)
    page = (tmp_path / "a.html").read_text()
    assert page.count("<figure>") == 2
    assert page.count('class="prediction"') == page.count('class="target"') == 2
    assert "<theirs>" not in page
    with pytest.raises(VisavisError, match=r"b\.html"):
        write_drift_page(tmp_path / "a.html" / "b.html", "", found)
