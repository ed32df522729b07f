from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.small_systems import make
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.core.local_processes import LocalProcesses
from visavis.core.motion import Motion
from visavis.data.motion_files import write_motion
from visavis.data.sound import write_sound
from visavis.system.system import System
from visavis.validate.benchmark.benchmark import Study, held_out, report_of, run_study
from visavis.validate.report.report_data import Origin

FRAMES = 60


@pytest.fixture(scope="module")
def system() -> System:
    return make("timar shipped")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, system: System) -> Path:
    """Two clips in test, one in train."""
    folder = tmp_path_factory.mktemp("data")
    generator = np.random.default_rng(0)
    for place in ("test/one", "test/two", "train/three"):
        for number in (1, 2):
            path = folder / f"{place}_speaker{number}"
            values = generator.uniform(0, 0.4, (FRAMES, system.space.width)).cumsum(0) % 1
            write_motion(Motion(values.astype(np.float32), system.space), path.with_suffix(".npz"))
            write_sound(
                (0.1 * generator.standard_normal(samples_in(FRAMES))).astype(np.float32), path.with_suffix(".wav")
            )
    return folder


def test_what_no_training_saw_is_what_is_scored(data: Path) -> None:
    assert held_out(data) == ("test",)
    assert held_out(data / "test") == (None,)


def test_every_context_and_corruption_is_found_on_every_split(data: Path, system: System) -> None:
    asked = Study(data, ("test", "train"), (0, None), ("motion:hold:0.5",), engine=LocalProcesses(1))
    found = list(run_study(system, "small", asked, worst=True))
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
        assert "| motion:hold:0.5 |" in finding.tables(brief=True)
        assert not finding.dualtalk
    assert found[0].clean.rows["model"]["fd_exp"] != found[1].clean.rows["model"]["fd_exp"], "contexts differ"
    assert found[0].plain()["corrupted"]["motion:hold:0.5"]["per_clip"] == {}
    assert found[0].plain()["per_clip"]["model"]["fd_exp"]


def test_findings_become_a_page(data: Path, system: System, tmp_path: Path) -> None:
    asked = Study(data, ("test",), engine=LocalProcesses(1))
    found = list(run_study(system, "small", asked, worst=True))
    report_of(found, system, "small", asked, Origin("visavis evaluate", "1", "today"), tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "small on data" in page
    assert "Not the same data" in page
    assert "Corrupted" not in page


def test_an_unknown_corruption_is_named_before_anything_is_made(data: Path, system: System) -> None:
    with pytest.raises(VisavisError, match="motions"):
        list(run_study(system, "small", Study(data, corrupt=("motions",))))
