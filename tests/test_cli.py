from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from tests.small_systems import make
from visavis import cli
from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.clock import FPS, SAMPLE_RATE, samples_in
from visavis.core.motion import Motion
from visavis.data.folder import list_clips
from visavis.data.motion_files import read_motion, write_motion
from visavis.data.sound import read_sound, write_sound
from visavis.system.folder import save_system
from visavis.system.shipped import known_models

SECONDS = 1.3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model, two voices and the user's motion."""
    place = tmp_path_factory.mktemp("given")
    save_system(make("timar shipped"), place / "model")
    time = np.arange(round(SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
    for name, pitch in (("user", 150), ("agent", 220)):
        soundfile.write(place / f"{name}.wav", 0.2 * np.sin(2 * np.pi * pitch * time), SAMPLE_RATE)
    soundfile.write(place / "longer.wav", np.zeros(3 * SAMPLE_RATE), SAMPLE_RATE)
    soundfile.write(place / "empty.wav", np.zeros(0), SAMPLE_RATE)
    (place / "broken.wav").write_text("no sound at all")
    frames = round(SECONDS * FPS)
    write_motion(Motion(np.zeros((frames, ARKIT61.width)), ARKIT61), place / "motion.npz")
    write_motion(Motion(np.zeros((frames + 20, ARKIT61.width)), ARKIT61), place / "long.npz")
    write_motion(Motion(np.zeros((frames, FLAME56.width)), FLAME56), place / "flame.npz")
    broken = np.zeros((frames, ARKIT61.width), dtype=np.float32)
    broken[3, ARKIT61.indices("JawOpen")] = np.nan
    np.savez(place / "nan.npz", motion=broken, space="arkit61", fps=np.float64(FPS))
    return place


@pytest.fixture
def here(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh working folder with the given files in it."""
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> int:
    try:
        return cli.main(arguments)
    except SystemExit as stopped:
        return int(stopped.code or 0)


GENERATE = ("generate", "user.wav", "agent.wav", "--model", "model")


def test_two_voices_become_motion_in_every_format(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*GENERATE, "--user-motion", "motion.npz", "--out", "a.npz", "a.npy", "deep/a.csv") == 0
    assert capsys.readouterr().err == ""
    motion = read_motion(here / "a.npz")
    assert (motion.values.shape, motion.space, motion.fps) == ((int(SECONDS * FPS), ARKIT61.width), ARKIT61, FPS)
    for other in ("a.npy", "deep/a.csv"):
        np.testing.assert_allclose(read_motion(here / other).values, motion.values, atol=1e-5)


def test_options_reach_the_model(here: Path) -> None:
    options: dict[str, tuple[str, ...]] = {
        "plain": (),
        "again": (),
        "seed": ("--seed", "1"),
        "steps": ("--steps", "1"),
        "calm": ("--temperature", "0.1"),
        "guided": ("--guidance", "3"),
        "seen": ("--user-motion", "motion.npz"),
        "context": ("--context", "0"),
    }
    drawn = {}
    for name, option in options.items():
        assert run(*GENERATE, *option, "--out", f"{name}.npy") == 0
        drawn[name] = np.load(here / f"{name}.npy")
    np.testing.assert_array_equal(drawn["plain"], drawn["again"])
    for name in options.keys() - {"plain", "again"}:
        assert np.abs(drawn[name] - drawn["plain"]).max() > 1e-4, name


def test_voices_of_different_length_are_cut_with_a_warning(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("generate", "user.wav", "longer.wav", "--model", "model", "--out", "a.npz") == 0
    warning = capsys.readouterr().err
    assert warning.startswith("visavis: warning: the voices last 1.30 s (user) and 3.00 s (agent)")
    assert len(read_motion(here / "a.npz")) == int(SECONDS * FPS)


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "missing wav": (("generate", "nobody.wav", "agent.wav", "--model", "model"), "nobody.wav: there is no such file"),
    "empty wav": (("generate", "user.wav", "empty.wav", "--model", "model"), "empty.wav: the sound is empty"),
    "unreadable wav": (("generate", "broken.wav", "agent.wav", "--model", "model"), "broken.wav: cannot be read"),
    "NaN motion": (
        (*GENERATE, "--user-motion", "nan.npz"),
        "nan.npz: motion: 1 values are NaN or infinite, the first ",
    ),
    "another space": ((*GENERATE, "--user-motion", "flame.npz"), "flame.npz: holds motion in flame56, not arkit61"),
    "another length": ((*GENERATE, "--user-motion", "long.npz"), "lasts 2.08 s but the voices 1.28 s"),
    "unknown model": (("generate", "user.wav", "agent.wav", "--model", "timar-huge"), "unknown model 'timar-huge'"),
    "too much context": ((*GENERATE, "--context", "99"), "99"),
    "no steps": ((*GENERATE, "--steps", "0"), "steps"),
}


@pytest.mark.parametrize(("arguments", "reason"), WRONG.values(), ids=WRONG.keys())
def test_bad_input_is_one_line_and_nothing_half_written(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], reason: str
) -> None:
    before = sorted(here.rglob("*"))
    assert run(*arguments, "--out", "new/a.npz", "new/a.csv") == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("visavis: error: ")
    assert printed.err.count("\n") == 1
    assert reason in printed.err
    assert sorted(here.rglob("*")) == before


def test_an_unknown_model_meets_the_known_ones(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("generate", "user.wav", "agent.wav", "--model", "timar-huge", "--out", "a.npz") == 2
    message = capsys.readouterr().err
    assert all(name in message for name in known_models())
    assert not (here / "a.npz").exists()


@pytest.mark.parametrize(
    ("out", "reason"),
    [("a.bvh", "use .npz, .npy, .csv or .mp4"), ("model", "use .npz"), ("user.wav/a.npz", "is not a folder")],
)
def test_outputs_are_looked_at_before_anything_is_read(
    here: Path, capsys: pytest.CaptureFixture[str], out: str, reason: str
) -> None:
    assert run("generate", "nobody.wav", "nobody.wav", "--out", "a.npz", out) == 2
    assert reason in capsys.readouterr().err
    assert not (here / "a.npz").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="everything is writable for root")
def test_a_folder_that_may_not_be_written_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "locked").mkdir(mode=0o500)
    assert run(*GENERATE, "--out", "locked/a.npz") == 2
    assert "may not be written to" in capsys.readouterr().err


def test_a_full_disk_is_one_line_and_keeps_the_older_file(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "a.npy").write_text("older")

    def full(path: Path, array: np.ndarray) -> None:
        del array
        path.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    before = sorted(here.iterdir())
    assert run(*GENERATE, "--out", "a.npy") == 2
    assert "cannot write a.npy: No space left on device" in capsys.readouterr().err
    assert (here / "a.npy").read_text() == "older"
    assert sorted(here.iterdir()) == before


def test_motion_changes_its_format(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("convert", "motion.npz", "--out", "m.csv", "m.npy") == 0
    assert len(read_motion(here / "m.csv")) == int(SECONDS * FPS)
    assert run("convert", "flame.npz", "--out", "f.npy", "f.csv") == 2
    assert ".csv holds arkit61 only, the motion is in flame56" in capsys.readouterr().err
    assert not (here / "f.npy").exists()


def test_a_film_can_have_a_partner_of_whom_only_the_voice_is_known(here: Path) -> None:
    words = ("--audio", "agent.wav", "--partner-audio", "user.wav", "--out", "film.mp4")
    assert run("convert", "motion.npz", *words) == 0
    assert (here / "film.mp4").stat().st_size > 10_000
    assert run("convert", "motion.npz", "--out", "alone.mp4") == 0


def test_check_names_what_is_broken_and_ends_with_status_1(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = here / "data" / "train"
    data.mkdir(parents=True)
    for name in ("good", "bad"):
        shutil.copy(here / "user.wav", data / f"{name}_speaker1.wav")
        shutil.copy(here / "agent.wav", data / f"{name}_speaker2.wav")
        shutil.copy(here / "motion.npz", data / f"{name}_speaker1.npz")
    assert run("check", "data") == 0
    assert "2 of 2 clips are good" in capsys.readouterr().out
    shutil.copy(here / "nan.npz", data / "bad_speaker1.npz")
    assert run("check", "data") == 1
    printed = capsys.readouterr().out
    assert "bad_speaker1.npz: motion: 1 values are NaN" in printed
    assert "1 of 2 clips are good" in printed
    assert run("check", "nowhere") == 2


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


def test_recipe_keys_are_options_of_train(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import visavis.training.run as training

    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(training, "train", lambda *given: calls.append(given))
    words = ("--loop.batch_size", "4", "--loop.schedule.steps=7", "--system.model.dropout", "-1")
    assert run("train", "timar-small", *words[:2], "--data", "d", "--out", "o", "--resume", *words[2:]) == 0
    changes = {"loop.batch_size": "4", "loop.schedule.steps": "7", "system.model.dropout": "-1"}
    assert calls == [("timar-small", Path("d"), Path("o"), True, changes, None)]
    assert run("train", "timar-small", "--data", "d", "--out", "o", "--init-from", "run") == 0
    assert calls.pop()[3:] == (False, {}, Path("run"))
    assert run("train", "timar-small", "--data", "d", "--out", "o", "--loop.batch_size", "--resume") == 2
    assert "--loop.batch_size has no value" in capsys.readouterr().err
    assert len(calls) == 1


def test_an_unknown_recipe_key_meets_its_nearest(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train", "timar-small", "--data", "d", "--out", "run", "--loop.batchsize", "4") == 2
    assert "'loop.batchsize'; did you mean 'loop.batch_size'?" in capsys.readouterr().err
    assert run("train", "timar-smal", "--data", "d", "--out", "run") == 2
    assert "did you mean 'timar-small'?" in capsys.readouterr().err
    assert not (here / "run").exists()


@pytest.mark.parametrize("arguments", [("generate", "--bogus"), ("bogus",), (), ("generate", "u.wav", "a.wav")])
def test_a_command_that_makes_no_sense_ends_with_status_2(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    assert capsys.readouterr().err != ""


@pytest.mark.parametrize("command", ["", *cli.COMMANDS])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*command.split(), "--help") == 0
    assert f"usage: visavis {command}".rstrip() in capsys.readouterr().out


def test_bench_prints_and_keeps_its_numbers(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import visavis.system.bench as measuring

    @dataclass(frozen=True)
    class Report:
        model: str
        speed: float
        speeds: tuple[float, ...] = (20.5, 1 / 3)

    monkeypatch.setattr(measuring, "bench", lambda model, *, minutes: Report(model, minutes))
    assert run("bench", "model", "--minutes", "0.5", "--json", "bench.json") == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["model", "model"], ["speed", "0.5"], ["speeds", "20.5", "0.3333"]]
    assert json.loads((here / "bench.json").read_text()) == {"model": "model", "speed": 0.5, "speeds": [20.5, 1 / 3]}
    assert run("bench", "model", "--json", "user.wav/bench.json") == 2


def test_a_checkpoint_of_something_else_is_refused_and_nothing_is_made(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save({"weight": torch.zeros(2)}, here / "other.pth")
    assert run("convert-checkpoint", "other.pth", "ours") == 2
    assert "other.pth is neither a TIMAR checkpoint" in capsys.readouterr().err
    assert not (here / "ours").exists()
    assert run("convert-checkpoint", "other.pth", "model") == 2
    assert "model is there already" in capsys.readouterr().err


@pytest.mark.usefixtures("here")
def test_an_own_speech_encoder_is_not_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*GENERATE, "--speech-encoder", "somewhere", "--out", "a.npz") == 2
    assert "brings its own speech encoder; leave --speech-encoder somewhere out" in capsys.readouterr().err


def test_models_names_what_ships(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models") == 0
    assert capsys.readouterr().out.split() == known_models()


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "visavis", "generate", "nobody.wav", "nobody.wav", "--out", "a.bvh"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("visavis: error: a.bvh: motion cannot be written to .bvh")
