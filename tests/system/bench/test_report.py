from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import torch

from tests.small_systems import make
from visavis.core.config import to_dict
from visavis.core.errors import VisavisError
from visavis.system import bench as measuring
from visavis.system.bench import BenchReport, bench
from visavis.system.folder import save_system


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> BenchReport:
    folder = tmp_path_factory.mktemp("model")
    save_system(make("timar shipped"), folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measuring, "THREADS", 1)
        patch.setattr(measuring, "_SPOKEN_S", 2)
        return bench(folder, minutes=0.5, runs=1)


def test_a_bench_measures_speed(report: BenchReport) -> None:
    assert (report.model, report.turn_ms, report.threads) == ("shipped", 400, 1)
    assert report.parameters == sum(weights.numel() for weights in make("timar shipped").parameters())
    assert report.speed == report.speeds[0] > 0
    assert 0 < report.turn_p50_ms <= report.turn_p95_ms
    assert report.cache_gain > 0
    assert report.help_s > 0
    assert report.import_s > 0


def test_a_streamed_conversation_is_watched_and_stays_flat(report: BenchReport) -> None:
    assert report.streamed_minutes == pytest.approx(0.5)
    if not Path("/proc/self/statm").is_file():
        pytest.skip(f"{sys.platform} does not tell resident memory")
    assert len(report.memory_mib) >= 30
    assert min(report.memory_mib) > 50
    assert report.memory_growth_mib is not None
    assert report.memory_growth_mib < 10


def test_a_report_goes_to_json(report: BenchReport) -> None:
    plain = json.loads(json.dumps(to_dict(report)))
    assert plain["turn_ms"] == 400
    assert plain["memory_mib"] == list(report.memory_mib)


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(VisavisError, match="unknown model 'nobody'"):
        bench("nobody")


def test_threads_are_put_back_after_a_failure() -> None:
    before = torch.get_num_threads()

    def fail() -> None:
        assert torch.get_num_threads() == before + 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), measuring._threads(before + 1):
        fail()
    assert torch.get_num_threads() == before
