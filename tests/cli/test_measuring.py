from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.command import run
from tests.rooms import roomed
from tests.small_systems import make
from tests.system.bench.test_tables import REPORT
from visavis.core.clock import samples_in
from visavis.data.folder import list_clips
from visavis.data.motion_files import read_motion, write_motion
from visavis.data.sound import read_sound, write_sound
from visavis.system.bench.report import BenchReport
from visavis.system.folder import save_system
from visavis.system.system import System


def test_simulated_talk_can_be_checked_scored_and_evaluated(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("simulate", "data", "--minutes", "1", "--seed", "5", "--split", "test", "--workers", "1") == 0
    assert "1 conversations made, 0 were there" in capsys.readouterr().out
    assert run("simulate", "data", "--minutes", "1", "--seed", "5", "--split", "test") == 0
    assert "0 conversations made, 1 were there" in capsys.readouterr().out
    assert run("check", "data") == 0
    capsys.readouterr()

    for side in list_clips("data")[0].sides:
        motion, sound = read_motion(side.motion), read_sound(side.sound)
        write_motion(motion.cut(0, 200), here / "short" / "test" / f"one_speaker{side.number}.npz")
        write_sound(sound[: samples_in(200)], here / "short" / "test" / f"one_speaker{side.number}.wav")
    assert run("evaluate", "model", "--data", "short", "--limit", "1", "--context", "0", "--json", "scores.json") == 0
    assert "## model, test, context 0\n" in capsys.readouterr().out
    scores = json.loads((here / "scores.json").read_text())
    assert scores["model, test, context 0"]["rows"]["model"]["fd_exp"]["value"] > 0
    assert run("compare", "scores.json") == 0
    assert "### test\n\n1 clips, 0 minutes" in capsys.readouterr().out
    assert run("compare", "user.wav") == 2
    assert "user.wav is not JSON" in capsys.readouterr().err

    corrupt = ("--corrupt", "motion:hold:0.5", "--report", "page.html", "--json", "both.json", "--workers", "0")
    assert run("evaluate", "model", "--data", "short", "--brief", *corrupt) == 0
    assert "| motion:hold:0.5 |" in capsys.readouterr().out
    scores = json.loads((here / "both.json").read_text())["model, test"]
    assert scores["corrupted"]["motion:hold:0.5"]["corruption"]["occupancy"] == 0.5
    page = (here / "page.html").read_text()
    assert "Worst clips" in page
    assert "Robustness" in page
    assert "Not the same data" in page

    write_motion(read_motion(here / "short" / "test" / "one_speaker1.npz"), here / "saved" / "one_speaker1.npy")
    assert run("score", "saved", "--data", "short", "--json", "saved.json") == 0
    rows = json.loads((here / "saved.json").read_text())["rows"]
    assert rows["model"]["mse_exp"]["value"] == 0 < rows["mean face"]["mse_exp"]["value"]
    assert run("evaluate", "model", "--data", "short", "--split", "ood") == 2
    assert "unknown split" in capsys.readouterr().err


def test_people_in_one_room_are_scored_in_vertices_too(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frames = 80
    rng = np.random.default_rng(0)
    save_system(make("toy of pairs in a room"), here / "room")
    for number in (1, 2):
        write_motion(roomed(frames, number - 1, 0), here / "rooms" / f"one_speaker{number}.npz")
        sound = 0.1 * rng.standard_normal(samples_in(frames)).astype(np.float32)
        write_sound(sound, here / "rooms" / f"one_speaker{number}.wav")
    told = ("--data", "rooms", "--workers", "0", "--json", "rooms.json", "--brief")
    assert run("evaluate", "room", *told) == 0
    assert "Do they look at each other" in capsys.readouterr().out
    (scores,) = json.loads((here / "rooms.json").read_text()).values()
    assert scores["rows"]["real motion"]["pair_vmse"]["value"] == 0
    assert scores["rows"]["model"]["pair_vmse"]["value"] > 1, "square millimetres"


def test_bench_prints_and_keeps_its_numbers(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import visavis.system.bench.report as measuring

    asked: list[object] = []

    def bench(
        model: object,
        *,
        minutes: float,
        turns: int,
        crowds: tuple[int, ...],
        sessions: tuple[int, ...],
        conversations: int,
        device: str,
    ) -> BenchReport:
        given = minutes, turns, crowds, sessions, conversations, device
        asked.append((model if isinstance(model, str) else type(model), *given))
        return REPORT

    monkeypatch.setattr(measuring, "bench", bench)
    options = ("--minutes", "0.5", "--turns", "3", "--crowds", "1", "2", "--sessions", "3", "--conversations", "5")
    assert run("bench", "model", *options, "--json", "bench.json") == 0
    assert "| cached bf16 | 10.0 |" in capsys.readouterr().out
    written = json.loads((here / "bench.json").read_text())
    assert written["floor"]["turn_gflop"] == 5.31
    assert [way["name"] for way in written["ways"]] == ["recomputed float32", "cached bf16"]
    assert [crowd["sessions"] for crowd in written["crowds"]] == [1, 4]
    assert run("bench", "timar-tiny") == 0
    assert asked == [
        ("model", 0.5, 3, (1, 2), (3,), 5, "cpu"),
        (System, 60.0, 40, (1, 4, 16, 64), (1, 64, 200), 1, "cpu"),
    ]
    assert run("bench", "model", "--json", "user.wav/bench.json") == 2
