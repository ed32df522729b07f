from __future__ import annotations

import hashlib
import json
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from visavis.analysis.gaze import mutual_gaze_share
from visavis.core.builtin_spaces import ARKIT61, COLOCATED_ARKIT
from visavis.core.clock import SAMPLES_PER_FRAME
from visavis.core.errors import VisavisError
from visavis.core.layout import read_layout
from visavis.core.local_processes import LocalProcesses
from visavis.data.check import check_folder
from visavis.data.folder import Clip, list_clips, read_clip
from visavis.data.simulate import simulate
from visavis.data.simulate.colocation.dubbing import LIPS
from visavis.data.simulate.simulation import Together
from visavis.data.simulate.store import read_events
from visavis.data.windows import WindowSet


def sums(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def names(folder: Path) -> list[str]:
    return sorted(path.name.removesuffix("_events.json") for path in folder.glob("*_events.json"))


def test_same_bytes_with_one_worker(simulated: Path, tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    report = simulate(tmp_path, 2.8, 5, "test", LocalProcesses(1), progress=lambda done, of: calls.append((done, of)))
    assert sums(tmp_path / "test") == sums(simulated)
    assert (report.made, report.skipped) == (2, 0)
    assert calls == [(1, 2), (2, 2)]


def test_a_broken_run_goes_on_where_it_stopped(simulated: Path, tmp_path: Path) -> None:
    simulate(tmp_path, 1.4, 5, "test")
    folder = tmp_path / "test"
    finished, broken = "test_005_00000", "test_005_00001"
    (folder / f".{broken}_speaker1.123.tmp.wav").write_bytes(b"half")
    (folder / f"{broken}_speaker1.wav").write_bytes(b"whole but not yet finished")
    kept = (folder / f"{finished}_speaker1.wav").stat().st_mtime_ns
    report = simulate(tmp_path, 2.8, 5, "test")
    assert (report.made, report.skipped) == (1, 1)
    assert (folder / f"{finished}_speaker1.wav").stat().st_mtime_ns == kept
    assert sums(folder) == sums(simulated)


def test_other_settings_and_foreign_folders_are_refused(simulated: Path, tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match="another simulation"):
        simulate(simulated.parent, 4, 6, "test")
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "mine.wav").touch()
    with pytest.raises(VisavisError, match="not from a simulation"):
        simulate(tmp_path, 1, 1, "train")
    for minutes in (0, -1, float("nan"), float("inf"), 1e30):
        with pytest.raises(VisavisError, match=r"minutes cannot be .*; it is above 0 and at most"):
            simulate(tmp_path, minutes, 1, "test")
    for seed in (-1, 2**70):
        with pytest.raises(VisavisError, match="seed cannot be"):
            simulate(tmp_path, 1, seed, "test")
    assert not (tmp_path / "test").exists()
    with pytest.raises(VisavisError, match="did you mean 'train'"):
        simulate(tmp_path, 1, 1, "trian")  # type: ignore[arg-type]


def test_the_files_fit_together(simulated: Path) -> None:
    assert len(names(simulated)) == 2
    for name in names(simulated):
        events = read_events(simulated / f"{name}_events.json")
        for person in (1, 2):
            sound, rate = soundfile.read(simulated / f"{name}_speaker{person}.wav")
            with np.load(simulated / f"{name}_speaker{person}.npz") as data:
                motion = data["motion"]
                assert (str(data["space"]), float(data["fps"])) == ("arkit61", 25)
            with np.load(simulated / f"{name}_speaker{person}_oracle.npz") as data:
                assert data["mean"].shape == motion.shape
            assert motion.dtype == np.float32
            assert (rate, sound.ndim, len(sound)) == (16_000, 1, len(motion) * SAMPLES_PER_FRAME)
            assert np.abs(sound).max() < 0.99
            weights = motion[:, np.concatenate([ARKIT61.indices("exp"), ARKIT61.indices("jaw")])]
            assert weights.min() >= 0
            assert weights.max() <= 1
            moving = np.ptp(motion, axis=0) > 0
            still = {channel for channel, alive in zip(ARKIT61.channels, moving, strict=True) if not alive}
            assert still == {"TongueOut"}
        assert all(0 <= event.onset < len(motion) and event.onset + event.duration <= len(motion) for event in events)


def test_a_killed_worker_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(VisavisError, match="run again"):
        simulate(tmp_path, 1, 1, "train", LocalProcesses(2))


def test_settings_are_recorded(simulated: Path) -> None:
    assert json.loads((simulated / "simulation.json").read_text()) == {"version": 2, "seed": 5, "split": "test"}


def test_people_in_one_room_are_written_read_and_windowed(tmp_path: Path) -> None:
    """One talk and one dubbed clip, by one worker and by two, and going on after a broken run: the same bytes."""
    made = partial(simulate, minutes=2.8, seed=17, split="train", together=Together(dubbed=0.5))
    report = made(tmp_path / "one", engine=LocalProcesses(1))
    assert report.made == 2
    folder = tmp_path / "one" / "train"
    simulate(tmp_path / "two", 1.4, 17, "train", together=Together(dubbed=0.5))
    made(tmp_path / "two", engine=LocalProcesses(2))
    assert sums(tmp_path / "two" / "train") == sums(folder)
    assert json.loads((folder / "simulation.json").read_text())["colocated"] is True
    for other in (None, Together(dubbed=0.4)):
        with pytest.raises(VisavisError, match="another simulation"):
            made(tmp_path / "one", together=other)
    assert check_folder(tmp_path / "one").problems == ()
    clips = list_clips(tmp_path / "one", "train")
    talks, dubbed = ([clip for clip in clips if is_dubbed(clip) is wanted] for wanted in (False, True))
    assert (len(talks), len(dubbed)) == (1, 1)
    conversation = read_clip(talks[0])
    assert conversation.agent.motion is not None
    assert conversation.user.motion is not None
    layout = read_layout(folder / f"{talks[0].name}_layout.json")
    for motion, place in ((conversation.agent.motion, layout.first), (conversation.user.motion, layout.second)):
        assert motion.space is COLOCATED_ARKIT
        assert np.linalg.norm(motion["translation"][0] - np.array(place.position)) < 0.15
    assert 0.2 < mutual_gaze_share(conversation.agent.motion, conversation.user.motion) < 0.75
    batch = WindowSet(clips, 250, COLOCATED_ARKIT).load(range(4))
    assert batch.agent_motion.shape == (4, 250, 67)
    lips = WindowSet(dubbed, 250, COLOCATED_ARKIT).load(range(4))
    for known, counted in ((lips.agent_known, lips.agent_counted), (lips.user_known, lips.user_counted)):
        assert known is not None
        assert counted is not None
        assert (known.sum(1) == len(LIPS)).all()
    assert WindowSet(talks, 250, COLOCATED_ARKIT).load(range(4)).agent_known is None


def is_dubbed(clip: Clip) -> bool:
    motion = read_clip(clip).agent.motion
    assert motion is not None
    return motion.known == LIPS
