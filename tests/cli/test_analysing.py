from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.cli.command import run
from tests.data.test_rttm import written
from tests.encode.test_activity import talk
from visavis.analysis.states import STATES
from visavis.data.shipped import shipped_conversation


@pytest.fixture
def voices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who says one thing and an agent who answers, 8 s, and a silent file."""
    monkeypatch.chdir(tmp_path)
    for name, spans in (("user", [(10, 80)]), ("agent", [(95, 180)]), ("silent", [])):
        soundfile.write(f"{name}.wav", talk(spans, 200), 16_000)
    return tmp_path


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_states_of_two_voices_are_written_and_told(voices: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ("--out", "s.csv", "s.json", "s.png")
    assert run("states", "user.wav", "agent.wav", "--detector", "loudness", *out) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[:3] == [f"s.{ending}: 8.00 s, 200 frames" for ending in ("csv", "json", "png")]
    assert "| speaking | " in "\n".join(printed)
    rows = lines(voices / "s.csv")
    assert [rows[frame]["state"] for frame in (40, 88, 140, 195)] == [
        "listening", "pausing to think", "speaking", "waiting",
    ]  # fmt: skip
    assert json.loads((voices / "s.json").read_text())["voice_activity"] == "loudness"
    assert (voices / "s.png").stat().st_size > 5000


def test_silero_is_the_default_and_thresholds_are_options(voices: Path) -> None:
    pytest.importorskip("silero_vad", reason="needs silero-vad (extra states)")
    given = shipped_conversation()
    soundfile.write("one.wav", given.user_speech, 16_000)
    soundfile.write("other.wav", given.agent_speech, 16_000)
    assert run("states", "one.wav", "other.wav", "--think-s", "0.2", "--whole-bursts", "--out", "s.json") == 0
    data = json.loads((voices / "s.json").read_text())
    assert data["voice_activity"] == "silero"
    assert (data["thresholds"]["think_s"], data["thresholds"]["whole_bursts"]) == (0.2, True)
    assert data["states"] == list(STATES)
    assert {span["state"] for span in data["agent"]["spans"]} >= {"speaking", "listening", "giving feedback"}


def test_who_speaks_may_be_given(voices: Path) -> None:
    written(voices / "talk.rttm", ("x", "ann", 0, 2.0), ("x", "bob", 1.6, 2.0))
    assert run("states", "talk.rttm", "--out", "s.csv") == 0
    rows = lines(voices / "s.csv")
    assert len(rows) == 90
    assert [rows[frame]["state"] for frame in (10, 45, 80)] == ["listening", "speaking", "speaking"]
    assert [rows[frame]["user_state"] for frame in (10, 45, 80)] == ["speaking", "being interrupted", "listening"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("user.wav",), "give AGENT.wav after user.wav"),
        (("silent.wav", "silent.wav"), "nobody speaks in silent.wav or silent.wav, as loudness hears it"),
        (("user.wav", "none.wav"), "none.wav"),
        (("talk.rttm", "agent.wav"), "leave agent.wav out"),
        (("none.rttm",), "no RTTM file"),
        (("user.wav", "agent.wav", "--think-s", "-1"), "error: 'think_s' cannot be -1.0"),
        (("user.wav", "agent.wav", "--yield-s", "nan"), "'yield_s' cannot be nan"),
    ],
)
def test_bad_input_is_told_in_one_line(
    voices: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert run("states", *arguments, "--detector", "loudness", "--out", "s.csv") == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (voices / "s.csv").exists()


def test_other_endings_are_refused(voices: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("states", "user.wav", "agent.wav", "--out", "s.npz") == 2
    assert "states cannot be written to .npz" in capsys.readouterr().err
    assert list(voices.glob("s.*")) == []


def test_a_silent_person_and_other_lengths_are_told_and_used(voices: Path, capsys: pytest.CaptureFixture[str]) -> None:
    soundfile.write("long.wav", np.pad(talk([(95, 180)], 200), (0, 16_000)), 16_000)
    assert run("states", "silent.wav", "long.wav", "--detector", "loudness", "--out", "s.csv") == 0
    error = capsys.readouterr().err
    assert "both are cut to 8.00 s" in error
    assert "warning: nobody speaks in silent.wav" in error
    assert {row["state"] for row in lines(voices / "s.csv")} == {"speaking", "pausing to think", "waiting"}
