from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.cli.command import run
from tests.data.simulate.voices.recorded import VOICES, record, said
from visavis.data.motion_files import read_motion
from visavis.data.sound import write_sound
from visavis.training.loop import FitReport


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


def test_recipe_keys_are_options_of_train(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import visavis.training.run as training

    calls: list[tuple[object, ...]] = []
    report = FitReport(7, 90.0, 3.5, {}, {}, ())
    monkeypatch.setattr(training, "train", lambda *given: (calls.append(given), report)[1])
    words = ("--loop.batch_size", "4", "--loop.schedule.steps=7", "--system.model.dropout", "-1")
    assert run("train", "timar-small", *words[:2], "--data", "d", "--out", "o", "--resume", *words[2:]) == 0
    changes = {"loop.batch_size": "4", "loop.schedule.steps": "7", "system.model.dropout": "-1"}
    assert calls == [("timar-small", Path("d"), Path("o"), True, changes, None, None, None, None)]
    assert capsys.readouterr().out == "o: a model after 7 steps, 1.5 minutes at 3.5 windows a second\n"
    assert run("train", "timar-small", "--data", "d", "--out", "o", "--init-from", "run") == 0
    assert calls.pop()[3:] == (False, {}, Path("run"), None, None, None)
    assert run("train", "timar-small", "--data", "d", "--out", "o", "--stage", "lips", "--lips", "l") == 0
    assert calls.pop() == ("timar-small-lips", Path("d"), Path("o"), False, {}, None, Path("l"), None, None)
    assert run("train", "timar-small", "--data", "d", "--out", "o", "--speech", "s") == 0
    assert calls.pop()[3:] == (False, {}, None, None, Path("s"), None)
    assert run("train", "arig-small", "--data", "d", "--out", "o", "--teacher", "t") == 0
    assert calls.pop()[3:] == (False, {}, None, None, None, Path("t"))
    assert run("train", "timar-small", "--data", "d", "--out", "o", "--loop.batch_size", "--resume") == 2
    assert "--loop.batch_size has no value" in capsys.readouterr().err
    assert len(calls) == 1


def test_an_unknown_recipe_key_meets_its_nearest(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train", "timar-small", "--data", "d", "--out", "run", "--loop.batchsize", "4") == 2
    assert "'loop.batchsize'; did you mean 'loop.batch_size'?" in capsys.readouterr().err
    assert run("train", "timar-smal", "--data", "d", "--out", "run") == 2
    assert "did you mean 'timar-small'?" in capsys.readouterr().err
    assert not (here / "run").exists()


def test_recordings_become_clips_that_can_be_checked(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "anna").mkdir()
    noise = np.random.default_rng(0).normal(0, 0.05, 32_000).astype(np.float32)
    write_sound(noise, here / "anna" / "one.wav")
    (here / "anna" / "one.lab").write_text("#\n0.5 125 pau\n0.9 125 m\n1.5 125 aa\n")
    assert run("recordings", "data", "--labelled", "anna") == 0
    assert "people: 1 clips, 0.0 minutes" in capsys.readouterr().out
    assert run("check", "data") == 0
    assert run("recordings", "data") == 2
    assert "give --labelled" in capsys.readouterr().err
    assert run("recordings", "data", "--labelled", "anna", "--alphabet", "festvox-ru", "--split", "natural") == 0
    (here / "anna" / "one.lab").write_text("#\n0.5 125 qu\n")
    assert run("recordings", "data", "--labelled", "anna") == 2
    assert "one.lab: unknown phonemes qu; the alphabet 'arpabet' has aa ae" in capsys.readouterr().err


def test_recorded_people_are_simulated(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("espeakng_loader", reason="the simulator's synthesiser is not installed")
    for name, voice in zip(("anna", "ben"), VOICES, strict=False):
        record(here / "folk" / name, "one", said(voice, 8))
    command = ("simulate", "data", "--minutes", "1", "--workers", "1", "--voices", "recorded")
    assert run(*command, "--recordings", "folk") == 0
    printed = capsys.readouterr().out
    assert "folk: 2 recorded people, 16 phrases" in printed
    assert "1 conversations made" in printed
    assert run("check", "data") == 0
    for wrong, told in (
        (command, "give --recordings DIR"),
        ((*command, "--alphabet", "ipa"), "give --recordings DIR"),
        ((*command, "--recordings", "folk", "--alphabet", "arpabet"), "one.lab: unknown phonemes"),
        ((*command, "--recordings", "nowhere"), "nowhere is not a folder"),
        ((*command, "--recordings", "folk", "--split", "ood"), "nobody is kept for the split ood"),
    ):
        capsys.readouterr()
        assert run(*wrong) == 2
        errors = capsys.readouterr().err
        assert told in " ".join(errors.split())
    record(here / "folk" / "carl", "one", said(VOICES[2], 8))
    assert run(*command, "--recordings", "folk") == 2
    assert "holds another simulation" in capsys.readouterr().err


def test_people_are_put_into_one_room(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("espeakng_loader", reason="the simulator's synthesiser is not installed")
    command = ("simulate", "data", "--minutes", "1", "--workers", "1")
    assert run(*command, "--dubbed", "0.5") == 2
    assert "give --colocated, too" in capsys.readouterr().err
    assert run(*command, "--colocated", "--dubbed", "2") == 2
    assert "the share of dubbed clips cannot be 2.0; it is at least 0 and at most 1" in capsys.readouterr().err
    assert not (here / "data").exists()
    assert run(*command, "--colocated", "--dubbed", "1") == 0
    assert "1 conversations made" in capsys.readouterr().out
    motion = read_motion(here / "data" / "train" / "train_000_00000_speaker1.npz")
    assert motion.space.name == "colocated_arkit"
    assert motion.known is not None
    assert run("check", "data") == 0
