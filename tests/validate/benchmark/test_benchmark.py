from __future__ import annotations

from pathlib import Path

import pytest

from visavis.core.errors import VisavisError
from visavis.core.local_processes import LocalProcesses
from visavis.system.system import System
from visavis.validate.benchmark.benchmark import Benchmark, held_out, run_benchmark


def test_what_no_training_saw_is_what_is_scored(small_data: Path) -> None:
    assert held_out(small_data) == ("test",)
    assert held_out(small_data / "test") == (None,)


def test_every_context_and_corruption_is_found_on_every_split(small_data: Path, small_system: System) -> None:
    asked = Benchmark(small_data, ("test", "train"), (0, None), ("motion:hold:0.5",), engine=LocalProcesses(1))
    found = list(run_benchmark(small_system, "small", asked, worst=True))
    titles = [(finding.title, finding.split, finding.turns, finding.clean.clips) for finding in found]
    assert titles == [
        ("small, test, context 0", "test", 0, 2),
        ("small, test", "test", None, 2),
        ("small, train, context 0", "train", 0, 1),
        ("small, train", "train", None, 1),
    ]
    for finding in found:
        assert finding.clean.corruption is None
        assert [*finding.corrupted] == ["motion:hold:0.5"]
        assert finding.corrupted["motion:hold:0.5"].corruption is not None
        assert {shown.rank.metric for shown in finding.worst} == {"fd_exp", "fd_jaw", "fd_pose"}
        assert not finding.dualtalk
    assert found[0].clean.rows["model"]["fd_exp"] != found[1].clean.rows["model"]["fd_exp"], "contexts differ"


def test_every_number_of_steps_is_a_model_of_its_own(small_data: Path, small_system: System) -> None:
    asked = Benchmark(small_data, ("test",), steps=(1, 4), limit=1, engine=LocalProcesses(1))
    few, more = run_benchmark(small_system, "runs/small", asked)
    assert [few.title, few.model] == ["runs/small, test, steps 1", "small, steps 1"]
    assert [more.title, more.model] == ["runs/small, test, steps 4", "small, steps 4"]
    assert few.clean.rows["model"]["fd_exp"] != more.clean.rows["model"]["fd_exp"]


def test_an_unknown_corruption_is_named_before_anything_is_made(small_data: Path, small_system: System) -> None:
    with pytest.raises(VisavisError, match="motions"):
        list(run_benchmark(small_system, "small", Benchmark(small_data, corrupt=("motions",))))
