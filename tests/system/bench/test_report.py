from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.small_systems import make
from visavis.core.errors import VisavisError
from visavis.system.bench.report import BenchReport, bench
from visavis.system.bench.roofline import measure_roofline
from visavis.system.folder import save_system


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> BenchReport:
    folder = tmp_path_factory.mktemp("model")
    save_system(make("timar shipped"), folder)
    return bench(folder, minutes=0.2, turns=4, crowds=(1, 2), sessions=(2,))


def test_a_bench_measures_speed(report: BenchReport) -> None:
    assert (report.model, report.turn_ms, report.threads, report.device) == ("shipped", 400, 1, "cpu")
    assert report.parameters == sum(weights.numel() for weights in make("timar shipped").parameters())
    assert min(report.speeds) <= report.speed <= max(report.speeds)
    assert report.best in [one.name for one in report.variants]
    assert 0 < report.reached < 1
    assert [batch.sessions for batch in report.batches] == [1, 2]
    assert [pool.sessions for pool in report.pools] == [2]
    assert [beside.others for beside in report.beside] == [(), ("loop",), ("loop", "products")]
    assert report.soak.minutes == pytest.approx(0.2)
    assert report.help_s > 0
    assert report.import_s > 0


def test_a_report_goes_to_json(report: BenchReport) -> None:
    plain = json.loads(json.dumps(report.as_json()))
    assert plain["turn_ms"] == 400
    assert plain["beside"][1]["others"] == ["loop"]
    assert plain["beside"][1]["turn_p95_ms"] > 0
    assert plain["ways"][0]["name"] == "recomputed float32"
    assert plain["floor"]["turn_gflop"] == report.roofline.turn_gflop
    assert [batch["sessions"] for batch in plain["crowds"]] == [1, 2]
    assert list(plain) == [
        *("model", "parameters", "device", "threads", "turn_ms", "speed", "speeds", "ways", "best", "reached", "floor"),
        *("beside", "crowds", "pools", "soak", "help_s", "import_s"),
    ]


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(VisavisError, match="unknown model 'nobody'"):
        bench("nobody")
    assert not Path("nobody").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"minutes": float("nan")}, "minutes cannot be nan; it is above 0"),
        ({"minutes": 0.0}, "minutes cannot be 0"),
        ({"minutes": float("inf")}, "minutes cannot be inf"),
        ({"turns": 0}, "turns cannot be 0; it is at least 1"),
        ({"crowds": (1, 0)}, "crowds cannot be 0"),
        ({"sessions": (-1,)}, "sessions cannot be -1"),
        ({"conversations": 0}, "conversations cannot be 0"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_the_model_is_read(options: dict[str, Any], said: str) -> None:
    with pytest.raises(VisavisError, match=said):
        bench("nobody", **options)


def test_a_device_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(VisavisError, match=r"device 'cuda' is not to be had: .* use 'cpu'"):
        bench("nobody", device="cuda")


def test_threads_are_left_as_they_were(report: BenchReport) -> None:
    before = torch.get_num_threads()
    again = bench(make("timar shipped"), minutes=0.1, turns=2, crowds=(1,), sessions=(1,))
    assert torch.get_num_threads() == before
    assert again.threads == report.threads


def test_the_roofline_is_that_of_a_cached_turn() -> None:
    measured = bench(make("timar paper"), minutes=0.2, turns=2, crowds=(1,), sessions=(1,))
    assert measured.roofline.turn_gflop == measure_roofline(make("timar paper, cached")).turn_gflop
    assert measured.roofline.turn_gflop < measure_roofline(make("timar paper")).turn_gflop
