from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.data.check import check_folder
from visavis.data.folder import SPLITS
from visavis.data.motion_files import write_motion
from visavis.data.sound import write_sound

MakeClip = Callable[..., None]


def test_a_good_folder_has_no_problems(tmp_path: Path, make_clip: MakeClip) -> None:
    for split in SPLITS:
        make_clip(tmp_path / split, "a", frames=75)
    make_clip(tmp_path / "train", "one_moves", frames=75, moving=(2,))
    report = check_folder(tmp_path)
    assert report.problems == ()
    assert (report.clips, report.good) == (len(SPLITS) + 1, len(SPLITS) + 1)
    assert report.minutes == pytest.approx((len(SPLITS) + 1) * 3 / 60)


def test_a_real_clip_is_good(shared: Path) -> None:
    report = check_folder(shared / "data/dualtalk_clip")
    assert (report.clips, report.good, report.problems) == (1, 1, ())
    assert report.minutes == pytest.approx(0.5, abs=0.01)


def test_a_folder_without_clips_is_a_problem(tmp_path: Path) -> None:
    assert [problem.problem for problem in check_folder(tmp_path).problems] == ["holds no clips"]
    with pytest.raises(VisavisError, match="is not a folder"):
        check_folder(tmp_path / "nowhere")


def break_sound(folder: Path) -> dict[str, str]:
    """Damages clips, one kind each; returns file -> expected problem."""
    (folder / "partner_speaker2.wav").unlink()
    (folder / "empty_speaker1.wav").write_bytes(b"")
    (folder / "text_speaker1.wav").write_text("no sound")
    whole = (folder / "cut_speaker2.wav").read_bytes()
    (folder / "cut_speaker2.wav").write_bytes(whole[: len(whole) - 4000])
    soundfile.write(folder / "nan_speaker1.wav", np.full(32000, np.nan), 16000, subtype="FLOAT")
    soundfile.write(folder / "rate_speaker1.wav", np.zeros(2 * 44100), 44100)
    write_sound(np.zeros(16000), folder / "short_speaker2.wav")
    return {
        "partner_speaker2.wav": "the voice of speaker 2 is missing",
        "empty_speaker1.wav": "empty",
        "text_speaker1.wav": "cannot be read as sound",
        "cut_speaker2.wav": "cut short",
        "nan_speaker1.wav": "sample 0 is NaN",
        "rate_speaker1.wav": "44100 Hz, not 16000 Hz",
        "short_speaker2.wav": "lasts 1.00 s but short_speaker1.wav lasts 2.00 s",
    }


def break_motion(folder: Path) -> dict[str, str]:
    for number in (1, 2):
        (folder / f"still_speaker{number}.npz").unlink()
    whole = (folder / "torn_speaker1.npz").read_bytes()
    (folder / "torn_speaker1.npz").write_bytes(whole[: len(whole) // 2])
    np.savez(folder / "narrow_speaker2.npz", exp=np.zeros((50, 40)), pose=np.zeros((50, 6)))
    np.savez(folder / "hole_speaker1.npz", motion=np.full((50, 61), np.nan), space="arkit61", fps=25)
    write_motion(Motion(np.zeros((50, FLAME56.width)), FLAME56), folder / "space_speaker1.npz")
    write_motion(Motion(np.zeros((80, ARKIT61.width)), ARKIT61), folder / "late_speaker1.npz")
    (folder / "log_events.json").write_text("{")
    np.savez(folder / "mean_speaker1_oracle.npz", mean=np.zeros((50, 3)))
    return {
        "still_speaker1.npz": "no speaker has motion",
        "torn_speaker1.npz": "cannot be read as NumPy arrays",
        "narrow_speaker2.npz": "exp (50, 40) and pose (50, 6) do not fit",
        "hole_speaker1.npz": "NaN or infinite",
        "space_speaker1.npz": "holds motion in flame56, most of the folder in arkit61",
        "late_speaker1.wav": "lasts 2.00 s but late_speaker1.npz lasts 3.20 s",
        "log_events.json": "is not a JSON list of events",
        "mean_speaker1_oracle.npz": "has 3 channels, the motion has 61",
    }


def test_every_kind_of_damage_is_found_and_the_rest_is_counted(tmp_path: Path, make_clip: MakeClip) -> None:
    folder = tmp_path / "train"
    for name in ("partner", "empty", "text", "cut", "nan", "rate", "short", "still", "torn"):
        make_clip(folder, name)
    for name in ("narrow", "hole", "space", "late", "log", "mean", "good", "fine"):
        make_clip(folder, name)
    expected = break_sound(folder) | break_motion(folder)
    report = check_folder(tmp_path)
    found = {problem.file.name: problem.problem for problem in report.problems}
    assert set(found) == set(expected)
    assert {name: text for name, text in expected.items() if text not in found[name]} == {}
    assert len(report.problems) == len(expected)
    assert all(problem.remedy for problem in report.problems)
    assert (report.clips, report.good) == (17, 2)
    assert report.minutes == pytest.approx(2 * 2 / 60)


def test_a_difference_of_half_a_second_is_allowed(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=50)
    for samples, good in ((24000, 1), (23000, 0)):
        write_sound(np.zeros(samples), tmp_path / "a_speaker2.wav")
        assert check_folder(tmp_path).good == good


def test_a_problem_prints_as_one_line(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "b")
    (tmp_path / "b_speaker2.wav").unlink()
    (problem,) = check_folder(tmp_path).problems
    assert str(problem) == f"{problem.file}: the voice of speaker 2 is missing; add it, or remove the clip"
