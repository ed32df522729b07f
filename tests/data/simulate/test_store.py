from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from visavis.core.clock import SAMPLE_RATE
from visavis.data.simulate import store
from visavis.data.simulate.conversation import Scene
from visavis.data.simulate.simulation import Simulation


@pytest.fixture
def ready(scenes: list[Scene], monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A scene that the store finds simulated already."""
    monkeypatch.setattr(store, "simulate_scene", lambda *_: scenes[0])
    return scenes[0]


def test_a_scene_comes_back_from_disk(ready: Scene, tmp_path: Path) -> None:
    assert not store.is_finished(tmp_path, ready.name)
    assert store.write_scene(tmp_path, Simulation(11, "train"), 0) == len(ready.motions[0])
    assert store.is_finished(tmp_path, ready.name)
    assert store.read_events(tmp_path / f"{ready.name}_events.json") == ready.events()
    for k in (0, 1):
        sound, rate = soundfile.read(tmp_path / f"{ready.name}_speaker{k + 1}.wav", dtype="float32")
        assert rate == SAMPLE_RATE
        np.testing.assert_allclose(sound, ready.talks[k].sound, atol=1 / 32768)
        with np.load(tmp_path / f"{ready.name}_speaker{k + 1}.npz") as data:
            np.testing.assert_array_equal(data["motion"], ready.motions[k])
    assert not list(tmp_path.glob("*oracle*")), "the oracle is for measuring, not for training"


def test_the_oracle_is_written_outside_train(ready: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "oracle", lambda scene, person: scene.motions[person - 1] / 2)
    store.write_scene(tmp_path, Simulation(11, "test"), 0)
    with np.load(tmp_path / f"{ready.name}_speaker2_oracle.npz") as data:
        np.testing.assert_array_equal(data["mean"], ready.motions[1] / 2)


def test_a_scene_is_finished_by_its_log_alone(ready: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "write_events", broken)
    with pytest.raises(KeyboardInterrupt):
        store.write_scene(tmp_path, Simulation(11, "train"), 0)
    assert (tmp_path / f"{ready.name}_speaker2.npz").is_file()
    assert not store.is_finished(tmp_path, ready.name)


def test_only_own_remains_are_removed(ready: Scene, tmp_path: Path) -> None:
    remains = tmp_path / f".{store.conversation_name(11, 'train', 0)}_speaker1.99.tmp.wav"
    others = tmp_path / f".{store.conversation_name(11, 'train', 1)}_speaker1.99.tmp.wav"
    for path in (remains, others):
        path.write_bytes(b"half")
    store.write_scene(tmp_path, Simulation(11, "train"), 0)
    assert (remains.exists(), others.exists()) == (False, True)
    assert store.is_finished(tmp_path, ready.name)


def test_a_process_that_simulates_does_not_load_torch() -> None:
    code = "import sys, visavis.core.worker, visavis.data.simulate.store; print('torch' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "False"
