from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.small_systems import make
from visavis.core.clock import frames_in
from visavis.core.errors import VisavisError
from visavis.data.inputs import Inputs
from visavis.data.motion_files import read_motion
from visavis.encode.activity import speech_activity
from visavis.view import demo
from visavis.view.demo import demo_inputs, run_demo


def test_in_the_shipped_conversation_both_people_speak_and_the_user_moves() -> None:
    given = demo_inputs(make("timar shipped"))
    frames = frames_in(len(given.user_speech))
    assert given.notes == ()
    assert frames == len(given.user_motion) >= 500
    for speech in (given.user_speech, given.agent_speech):
        assert 0.25 < np.mean(speech_activity(speech)) < 0.75
    assert np.ptp(given.user_motion["JawOpen"]) > 0.2


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Inputs:
    """Only the first 1.2 s of the shipped conversation."""
    whole = demo_inputs(make("timar shipped"))
    cut = Inputs(whole.user_speech[:19_200], whole.agent_speech[:19_200], whole.user_motion.cut(0, 30))
    monkeypatch.setattr(demo, "demo_inputs", lambda _: cut)
    return cut


@pytest.mark.usefixtures("short")
def test_everything_comes_out(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    report = run_demo(make("timar shipped"), tmp_path / "out", lambda done, total: seen.append((done, total)))
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "agent.npz",
        "agent.csv",
        "conversation.mp4",
        "conversation.png",
    }
    assert {path.parent for path in report.files} == {tmp_path / "out"}
    assert len(read_motion(tmp_path / "out" / "agent.csv")) == 30
    assert seen[-1] == (30, 30)
    assert report.seconds == 1.2
    assert report.speed == pytest.approx(1.2 / report.wall_s)


def test_a_place_that_cannot_be_written_ends_it_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").write_text("not a folder")
    monkeypatch.setattr(demo, "demo_inputs", lambda _: pytest.fail("nothing should have been read"))
    with pytest.raises(VisavisError, match="is not a folder"):
        run_demo(make("timar shipped"), tmp_path / "out")
