"""The commands on a Ray of this machine: the same bytes and numbers as without."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import run
from visavis.core.clock import samples_in
from visavis.core.ray_door import ray_cluster
from visavis.data.folder import list_clips
from visavis.data.motion_files import read_motion, write_motion
from visavis.data.sound import read_sound, write_sound

pytestmark = [
    pytest.mark.filterwarnings("ignore:::ray"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module", autouse=True)
def ray() -> Iterator[None]:
    """A Ray of two cores, which the commands find connected."""
    pytest.importorskip("ray", reason="needs ray: pip install 'visavis[ray]'")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        with ray_cluster("local", 2, "a test"):
            yield


def test_simulated_scored_evaluated_and_compared_are_the_same(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    engines = {"local": ("--engine", "local"), "ray": ("--engine", "ray")}
    told = {}
    for name, engine in engines.items():
        made = ("simulate", name, "--minutes", "3", "--seed", "5", "--split", "test")
        assert run(*made, *engine) == 0
        told[name] = capsys.readouterr().out
    files = {name: sorted(path for path in (here / name).rglob("*") if path.is_file()) for name in engines}
    assert [path.name for path in files["local"]] == [path.name for path in files["ray"]]
    assert len(files["local"]) > 10
    for mine, its in zip(files["local"], files["ray"], strict=True):
        assert mine.read_bytes() == its.read_bytes(), mine.name
    assert "2 conversations made" in told["ray"]

    for clip in list_clips("local"):
        for side in clip.sides:
            assert side.motion is not None
            assert side.sound is not None
            name = f"{clip.name}_speaker{side.number}"
            motion, sound = read_motion(side.motion).cut(0, 200), read_sound(side.sound)[: samples_in(200)]
            write_motion(motion, here / "short" / "test" / f"{name}.npz")
            write_sound(sound, here / "short" / "test" / f"{name}.wav")
            (here / "predicted").mkdir(exist_ok=True)
            shutil.copy(here / "short" / "test" / f"{name}.npz", here / "predicted")
    for command in (("score", "predicted"), ("evaluate", "model")):
        scores = {}
        for name, engine in engines.items():
            assert run(*command, "--data", "short", *engine, "--json", f"{command[0]}-{name}.json") == 0
            scores[name] = capsys.readouterr().out, json.loads((here / f"{command[0]}-{name}.json").read_text())
        assert scores["local"] == scores["ray"]
    tables = []
    for engine in engines.values():
        assert run("compare", "evaluate-local.json", "evaluate-ray.json", *engine) == 0
        tables.append(capsys.readouterr().out)
    assert tables[0] == tables[1]


def test_what_fails_there_is_one_line_here(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("compare", "user.wav", "--engine", "ray") == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1
    assert "user.wav is not JSON" in told[0]
    assert here.is_dir()
