from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.encode.test_speaker_files import segmentation
from tests.encode.test_speakers import tiny
from tests.training.test_scenes import data  # noqa: F401
from visavis.data.folder import list_clips
from visavis.data.rttm import write_rttm
from visavis.data.sound import write_sound
from visavis.encode.speaker_files import save_segmentation, save_voices
from visavis.validate.who_speaks.__main__ import main, scores
from visavis.validate.who_speaks.mixtures import Mixture, known_frames, simulated_mixtures


def test_who_tells_the_truth_has_no_error_and_who_says_nothing_misses_all(data: Path) -> None:  # noqa: F811
    mixtures = list(simulated_mixtures(list_clips(data)[:2], 0.15, 0))

    def true(sound: np.ndarray) -> np.ndarray:
        return next(known_frames(one)[:, ::-1] for one in mixtures if one.sound is sound)

    found = scores({"true": true, "none": lambda sound: np.zeros((len(sound) // 640, 2), bool)}, mixtures)
    assert found["true"].diarisation.rate == found["true"].frames == 0
    assert found["none"].diarisation.rate == 1
    spoken = np.mean([known_frames(one).mean() for one in mixtures])
    assert found["none"].frames == pytest.approx(spoken)


def test_the_command_prints_a_table_and_writes_it(
    data: Path,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    save_voices(tiny(), tmp_path / "run")
    save_segmentation(segmentation(), tmp_path / "run")
    mixture: Mixture = next(simulated_mixtures(list_clips(data)[:1], 0.1, 0))
    write_sound(mixture.sound, tmp_path / "talk.wav")
    write_rttm(tmp_path / "talk.rttm", "talk", dict(zip("ab", mixture.truth, strict=True)))
    given = [
        tmp_path / "talk.wav",
        "--truth",
        tmp_path / "talk.rttm",
        "--simulated",
        data,
        "--network",
        tmp_path / "run",
    ]
    assert main([*map(str, given), "--json", str(tmp_path / "scores.json")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("| recording | told by | frames wrong | diarisation error |")
    assert [line.split(" | ")[:2] for line in lines[4:6]] == [["| talk", "ours"], ["| talk", "loudness"]]
    assert lines[6].startswith("| 4 simulated, 1 min, overlap")
    written = json.loads((tmp_path / "scores.json").read_text())
    assert written["talk"]["loudness"]["spoken_s"] > 1
    assert set(written["talk"]) == {"ours", "loudness"}


def test_what_cannot_be_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for given in (
        [],
        [str(tmp_path / "no.wav")],
        ["--simulated", "x", "--overlap", "2"],
        ["--simulated", "x", "--minutes", "0"],
        ["--simulated", "x", "--minutes", "1", "--as-recorded"],
        ["--simulated", "x", "--overlap", "0.2", "--as-recorded"],
        ["--simulated", "x", "--seed", "1", "--as-recorded"],
    ):
        assert main([*given, "--network", str(tmp_path / "no run")]) == 2
        assert capsys.readouterr().err.count("\n") == 1
