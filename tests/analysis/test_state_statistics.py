from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.training.test_phonetic import write_clip
from visavis.analysis.state_statistics import main, markdown, meeting_talks, state_statistics
from visavis.analysis.states import STATES, State


def test_shares_counts_and_durations_of_every_state() -> None:
    first = np.repeat([State.SPEAKING, State.LISTENING, State.SPEAKING], [100, 500, 150])
    second = np.repeat([State.LISTENING], [750])
    told = state_statistics([first, second])
    assert [one.state for one in told] == list(State)
    speaking, listening = told[:2]
    assert speaking.share == pytest.approx(250 / 1500)
    assert speaking.per_minute == pytest.approx(2), "twice in a minute"
    assert (speaking.median_s, speaking.long_s) == (pytest.approx(5), pytest.approx(5.8))
    assert listening.share + speaking.share == pytest.approx(1)
    assert np.isnan(told[State.WAITING].median_s)
    assert told[State.WAITING].share == 0
    assert sum(one.share for one in state_statistics([])) == 0


def test_a_table_has_a_row_for_each_state_and_what_is_told_live() -> None:
    told = state_statistics([np.repeat([State.SPEAKING], [1500])])
    lines = markdown(told).splitlines()
    assert lines[2] == "| speaking | 100.0% | 1.0 | 60.00 s | 60.00 s |"
    assert lines[3] == "| listening | 0.0% | 0.0 |  |  |"
    live = markdown(told, np.array([0.5] * 7 + [0.25])).splitlines()
    assert live[0].endswith("| told live |")
    assert live[-1] == "| all |  |  |  |  | 25% |"


def test_real_meetings_have_all_states_in_likely_shares(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(shared / "data" / "ami_rttm" / "dev.rttm")
    assert len(meeting_talks(path)) > 200
    assert main([path]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{path}: 319 conversations, 4.0 h, both views"
    shares = {row.split("|")[1].strip(): float(row.split("|")[2].strip().rstrip("%")) for row in lines[4:11]}
    assert list(shares) == list(STATES)
    assert sum(shares.values()) == pytest.approx(100, abs=0.4)
    assert shares["receiving feedback"] == shares["giving feedback"], "each is the other's view of it"
    assert 0.2 < shares["giving feedback"] < shares["speaking"]
    assert abs(shares["speaking"] - shares["listening"]) < 5
    assert all(share > 0 for share in shares.values())


def test_bad_files_are_told_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.rttm")]) == 2
    assert "no RTTM file" in capsys.readouterr().err
    write_clip(tmp_path, "a", 0)
    assert main([str(tmp_path)]) == 2
    assert "tells of no talk of two people" in capsys.readouterr().err


def test_clips_with_a_log_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_clip(tmp_path, "a", 0)
    log = [{"kind": kind, "person": 1, "onset": 0, "duration": 60} for kind in ("phrase", "utterance")]
    (tmp_path / "a_events.json").write_text(json.dumps(log))
    assert main([str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[4].startswith("| speaking | 25.0% |")
    assert lines[5].startswith("| listening | 25.0% |")
