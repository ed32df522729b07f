from __future__ import annotations

from pathlib import Path

import pytest

from visavis.core.clock import SAMPLE_RATE
from visavis.data.label_files import read_labels
from visavis.data.recordings.labelled import labelled_lines
from visavis.data.recordings.read_aloud import main
from visavis.data.sound import read_sound


def test_lines_and_labels_fit_and_become_clips(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "--voices", "espeak_f2", "espeak_m3", "--lines", "2"]) == 0
    assert "4 lines" in capsys.readouterr().out
    for name in ("espeak_f2", "espeak_m3"):
        lines = list(labelled_lines(tmp_path / name, "ipa"))
        assert len(lines) == 2
        assert all(line.motion.values.std() > 0 for line in lines)
        path = tmp_path / name / f"{name}_00.wav"
        labels = read_labels(path.with_suffix(".lab"))
        length = len(read_sound(path)) / SAMPLE_RATE
        labels.require_fit(length, path)
        assert labels.phonemes[-1].end_s == pytest.approx(length, abs=1e-3)


def test_the_same_seed_reads_the_same(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        main([str(tmp_path / folder), "--voices", "espeak_m3", "--lines", "1", "--seed", "4"])
    first, second = (tmp_path / folder / "espeak_m3" / "espeak_m3_00.wav" for folder in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()


def test_an_unknown_voice_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "--voices", "nobody"]) == 2
    assert "no voice nobody; there are flite_slt" in capsys.readouterr().err
