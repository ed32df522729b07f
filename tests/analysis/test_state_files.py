from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tests.data.test_rttm import written
from visavis.analysis.state_files import (
    ConversationStates,
    spans_of,
    talks_of_rttm,
    write_states_csv,
    write_states_json,
)
from visavis.analysis.states import STATES, State, StateThresholds, Talk, conversation_states
from visavis.core.errors import VisavisError


def told() -> ConversationStates:
    frames = np.arange(200)
    return ConversationStates.of(Talk(frames < 90), Talk(frames >= 100), "loudness", StateThresholds(think_s=0.2))


def test_both_views_are_annotated() -> None:
    one = told()
    np.testing.assert_array_equal(one.user_states, conversation_states(one.agent, one.user, one.thresholds))
    assert (one.states[90:95] == State.WAITING).all()
    assert (one.states[95:100] == State.PAUSING_TO_THINK).all()
    assert (one.user_states[90:100] == State.WAITING).all()
    assert one.frames == 200


def test_a_table_has_a_line_for_each_frame(tmp_path: Path) -> None:
    write_states_csv(tmp_path / "s.csv", told())
    with (tmp_path / "s.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["state"] for row in rows] == [STATES[state] for state in told().states]
    assert [row["user_state"] for row in rows] == [STATES[state] for state in told().user_states]
    assert rows[101]["time_s"] == "4.04"
    assert (rows[89]["user_speaking"], rows[90]["user_speaking"], rows[100]["agent_speaking"]) == ("1", "0", "1")
    assert [int(row["frame"]) for row in rows] == list(range(200))


def test_spans_give_the_frames_back(tmp_path: Path) -> None:
    write_states_json(tmp_path / "s.json", told())
    data = json.loads((tmp_path / "s.json").read_text())
    assert (data["fps"], data["frames"], data["voice_activity"]) == (25, 200, "loudness")
    assert data["thresholds"]["think_s"] == 0.2
    names = [span["state"] for span in data["agent"]["spans"] for _ in range(span["start"], span["stop"])]
    assert names == [STATES[state] for state in told().states]
    assert data["user"]["speech"] == [{"start": 0, "stop": 90}]
    assert data["agent"]["shares"]["speaking"] == 0.5
    assert sum(data["user"]["shares"].values()) == pytest.approx(1)


def test_spans_are_half_open() -> None:
    assert spans_of(np.array([3, 3, 0], np.uint8)) == [(3, 0, 2), (0, 2, 3)]
    assert spans_of(np.zeros(0, np.uint8)) == []


def test_an_rttm_file_is_of_two_people(tmp_path: Path) -> None:
    spans = ("x", "b", 0.4, 1.0), ("x", "a", 0.0, 0.2)
    user, agent = talks_of_rttm(written(tmp_path / "m.rttm", *spans))
    assert np.flatnonzero(user.speaking).tolist() == list(range(5))
    assert np.flatnonzero(agent.speaking).tolist() == list(range(10, 35))
    with pytest.raises(VisavisError, match="1 speakers"):
        talks_of_rttm(written(tmp_path / "one.rttm", spans[0]))
    with pytest.raises(VisavisError, match="less than a frame"):
        talks_of_rttm(written(tmp_path / "brief.rttm", ("x", "b", 0, 0.01), ("x", "a", 0, 0.01)))
    (tmp_path / "none.rttm").write_text("")
    with pytest.raises(VisavisError, match="0 recordings"):
        talks_of_rttm(tmp_path / "none.rttm")
