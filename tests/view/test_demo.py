from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.small_systems import make
from visavis.core.errors import VisavisError
from visavis.data.inputs import Inputs
from visavis.data.motion_files import read_motion
from visavis.data.shipped import shipped_conversation
from visavis.view import demo
from visavis.view.demo import run_demo


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Inputs:
    """Only the first 1.2 s of the shipped conversation."""
    whole = shipped_conversation()
    cut = Inputs(whole.user_speech[:19_200], whole.agent_speech[:19_200], whole.user_motion.cut(0, 30))
    monkeypatch.setattr(demo, "shipped_conversation", lambda _: cut)
    return cut


@pytest.mark.usefixtures("short")
def test_everything_comes_out(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    report = run_demo(make("timar shipped"), tmp_path / "out", lambda done, total: seen.append((done, total)))
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "agent.npz",
        "agent.csv",
        "conversation.mp4",
        "conversation.html",
        "conversation.png",
    }
    assert report.left_out == {}
    assert {path.parent for path in report.files} == {tmp_path / "out"}
    assert len(read_motion(tmp_path / "out" / "agent.csv")) == 30
    assert seen[-1] == (30, 30)
    assert report.seconds == 1.2
    assert report.speed == pytest.approx(1.2 / report.wall_s)


def test_a_place_that_cannot_be_written_ends_it_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").write_text("not a folder")
    monkeypatch.setattr(demo, "shipped_conversation", lambda _: pytest.fail("nothing should have been read"))
    with pytest.raises(VisavisError, match="is not a folder"):
        run_demo(make("timar shipped"), tmp_path / "out")


@pytest.mark.usefixtures("short")
def test_what_needs_an_extra_is_left_out_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("av", "matplotlib", "numba", "threadpoolctl"):
        monkeypatch.setitem(sys.modules, name, None)
    report = run_demo(make("timar shipped"), tmp_path)
    assert {path.name for path in report.files} == {"agent.npz", "agent.csv", "conversation.html"}
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in report.files}
    told = {path.name: reason for path, reason in report.left_out.items()}
    assert told == {
        "conversation.mp4": "making a film needs numba; install it with: pip install 'visavis[view]'",
        "conversation.png": "drawing a plot needs matplotlib; install it with: pip install 'visavis[view]'",
    }
