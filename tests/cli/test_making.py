from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.cli.command import GENERATE, SECONDS, run
from tests.small_systems import make
from tests.view.small_heads import small_head
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import FPS
from visavis.data.motion_files import read_motion
from visavis.system.folder import save_system
from visavis.system.shipped import known_models
from visavis.view.exports.glb import write_glb


def test_two_voices_become_motion_in_every_format(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*GENERATE, "--user-motion", "motion.npz", "--out", "a.npz", "a.npy", "deep/a.csv") == 0
    printed = capsys.readouterr()
    said = "1.28 s, 32 frames of arkit61 at 25 fps"
    assert (printed.err, printed.out) == ("", f"a.npz: {said}\na.npy: {said}\ndeep/a.csv: {said}\n")
    motion = read_motion(here / "a.npz")
    assert (motion.values.shape, motion.space, motion.fps) == ((int(SECONDS * FPS), ARKIT61.width), ARKIT61, FPS)
    for other in ("a.npy", "deep/a.csv"):
        np.testing.assert_allclose(read_motion(here / other).values, motion.values, atol=1e-5)


def test_endings_in_capitals_are_endings(here: Path) -> None:
    assert run("convert", "motion.npz", "--out", "T.NPZ", "T.NPY", "T.CSV") == 0
    assert {path.name for path in here.iterdir() if "T." in path.name} == {"T.NPZ", "T.NPY", "T.CSV"}


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


def test_the_users_motion_may_be_an_animated_head(here: Path) -> None:
    write_glb(here / "user.glb", small_head(), read_motion(here / "motion.npz"))
    assert run(*GENERATE, "--user-motion", "user.glb", "--out", "glb.npy") == 0
    assert run(*GENERATE, "--user-motion", "motion.npz", "--out", "npz.npy") == 0
    np.testing.assert_allclose(np.load(here / "glb.npy"), np.load(here / "npz.npy"), atol=1e-4)


@pytest.mark.usefixtures("here")
def test_what_is_written_is_told_with_its_length(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("convert", "motion.npz", "--fps", "50", "--out", "fast.csv", "a.groups.png") == 0
    assert capsys.readouterr().out.splitlines() == [
        "fast.csv: 1.28 s, 64 frames of arkit61 at 50 fps",
        "a.groups.png: 1.28 s",
    ]


def test_options_left_out_follow_the_models_recipe(here: Path) -> None:
    save_system(make("timar shipped").with_options(steps=2, guidance=3.0, temperature=0.3), here / "lively")
    told = ("--steps", "2", "--guidance", "3", "--temperature", "0.3")
    assert run(*GENERATE, *told, "--out", "told.npy") == 0
    assert run(*GENERATE[:3], "--model", "lively", "--out", "recipe.npy") == 0
    assert run(*GENERATE[:3], "--model", "lively", "--temperature", "1", "--out", "loud.npy") == 0
    np.testing.assert_array_equal(np.load(here / "recipe.npy"), np.load(here / "told.npy"))
    assert np.abs(np.load(here / "loud.npy") - np.load(here / "told.npy")).max() > 1e-4


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
    [("a.xyz", "use .npz, .flame.npz"), ("model", "use .npz"), ("user.wav/a.npz", "is not a folder")],
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
