from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.small_systems import make
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.data.folder import list_clips
from visavis.data.motion_files import write_motion
from visavis.data.sound import write_sound
from visavis.system.folder import save_system
from visavis.validate.benchmark.cases import FolderCases
from visavis.validate.drift import drift, long_talks, main, real_drift

SPACE = space_named("arkit61")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three conversations of half a minute."""
    folder, rng = tmp_path_factory.mktemp("talks"), np.random.default_rng(0)
    for name in ("one", "two", "three"):
        for number in (1, 2):
            path = folder / f"{name}_speaker{number}"
            values = rng.uniform(0, 0.2, (700, SPACE.width)) + rng.uniform(0, 0.3, SPACE.width)
            write_motion(Motion(values.astype(np.float32), SPACE), path.with_suffix(".npz"))
            write_sound((0.1 * rng.standard_normal(samples_in(700))).astype(np.float32), path.with_suffix(".wav"))
    return folder


def test_people_do_not_drift_where_they_do_the_same_at_both_ends(data: Path) -> None:
    talks = long_talks(FolderCases(list_clips(data)), SPACE, minutes=4, conversations=2, seed=0)
    assert (talks.frames, talks.part) == (6000, 2000)
    assert talks.talks[0] != talks.talks[1]
    found = real_drift(talks)
    assert [len(track) for track in found.tracks] == [24 - 5] * 2
    for change in found.changes.values():
        assert change.first == pytest.approx(change.last, rel=1e-5)
        assert change.ratio.value == pytest.approx(1, rel=1e-5)
    middle = found.tracks[0][9]["fd_exp"]
    assert middle != pytest.approx(found.tracks[0][0]["fd_exp"], rel=1e-3)


def test_what_a_model_draws_is_compared_with_all_people(data: Path) -> None:
    system = make("toy of frames")
    talks = long_talks(FolderCases(list_clips(data)), SPACE, minutes=3, conversations=1, seed=1)
    told: list[int] = []
    found = drift(system, talks, done=told.append)
    assert told[-1] == talks.frames == 4500
    assert set(found.changes) >= {"fd_exp", "offset_jaw", "deviation_pose", "head_speed"}
    assert drift(system, talks, seed=7).tracks != found.tracks


@pytest.mark.parametrize(("minutes", "conversations", "why"), [(2.9, 1, "give 3 or more"), (3, 0, "give 1 or more")])
def test_too_little_is_refused(data: Path, minutes: float, conversations: int, why: str) -> None:
    with pytest.raises(VisavisError, match=why):
        long_talks(FolderCases(list_clips(data)), SPACE, minutes, conversations, 0)


def test_the_command_prints_writes_and_draws(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_system(make("toy of frames"), tmp_path)
    words = [str(tmp_path), "--data", str(data), "--minutes", "3", "--conversations", "1"]
    assert main([*words, "--json", str(tmp_path / "d.json"), "--report", str(tmp_path / "d.html")]) == 0
    text = capsys.readouterr().out
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + 2 * 13
    assert "first and last 1 minutes of the same conversations" in text
    assert next(line for line in rows if line.startswith("| real motion | fd_exp")).endswith("| - | - |")
    written = json.loads((tmp_path / "d.json").read_text())
    assert list(written) == [str(tmp_path), "real motion"]
    assert len(written["real motion"]["over_time"]["fd_pose"]) == 18 - 5
    page = (tmp_path / "d.html").read_text()
    assert page.count("<figure>") == 1
    assert "deviation_gaze" in page


def test_the_command_tells_in_one_line_what_cannot_be(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no such model", "--data", str(data)]) == 2
    assert main(["timar-small", "--data", str(data / "nothing")]) == 2
    assert main(["timar-small", "--data", str(data), "--minutes", "1"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
