from __future__ import annotations

import sys

import pytest

from visavis.core.errors import VisavisError
from visavis.wire import scale
from visavis.wire.scale import Cost, cost_of

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads what Linux counts")


def test_a_command_costs_its_time_and_its_memory() -> None:
    cost = cost_of(["--version"], 0.5)
    assert 0.01 < cost.cpu_s < 60
    assert 5 < cost.largest_mib < 4000
    assert cost.wall_s > 0
    with pytest.raises(VisavisError, match="visavis check nowhere ended with status 2"):
        cost_of(["check", "nowhere"], 1)


def test_a_row_is_for_an_hour() -> None:
    assert Cost(0.25, 30.0, 12.34, 512.4).row == "120 | 12.3 s for 0.25 h | 512"


def test_simulated_and_scored_conversations_are_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert scale.main(["--minutes", "1", "--workers", "1", "--models"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [row.split("|")[1].strip() for row in told[2:]] == [
        "simulated, espeak, local, 1 workers",
        "scored, espeak, local, 1 workers",
    ]
    assert all(float(row.split("|")[2].replace(",", "")) > 0 for row in told[2:])
