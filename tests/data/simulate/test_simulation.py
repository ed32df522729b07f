from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from visavis.core.errors import VisavisError
from visavis.data.simulate.simulation import Simulation, Together
from visavis.data.simulate.voices.cast import Casting
from visavis.data.simulate.voices.kokoro import KokoroFiles
from visavis.data.simulate.voices.recorded_folder import RecordedFolder


def test_a_simulation_reaches_another_process(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("lines.txt", "model.onnx", "voices.npz")]
    full = Simulation(3, "ood", Casting("mixed", files[0], KokoroFiles(files[1], files[2])))
    recorded = [
        Simulation(1, "train", Casting("recorded", recordings=RecordedFolder(tmp_path, alphabet)))
        for alphabet in (None, "ipa")
    ]
    for simulation in (*recorded, full, Simulation(1, "train"), Simulation(1, "test", Casting("natural"))):
        assert pickle.loads(pickle.dumps(simulation)) == simulation


def test_folders_of_espeak_are_known_by_what_they_were_known_by() -> None:
    assert Simulation(4, "test").identity() == {"seed": 4, "split": "test"}


def test_files_count_by_what_is_in_them(tmp_path: Path) -> None:
    first, same, other = (tmp_path / name for name in ("a.txt", "b.txt", "c.txt"))
    for path, text in ((first, "hello"), (same, "hello"), (other, "good bye")):
        path.write_text(text)
    known = [Simulation(0, "train", Casting("mixed", path)).identity() for path in (first, same, other)]
    assert known[0] == known[1] != known[2]
    with pytest.raises(VisavisError, match=r"nowhere.txt cannot be read"):
        Simulation(0, "train", Casting("mixed", tmp_path / "nowhere.txt")).identity()


def test_folders_of_recordings_count_by_what_is_in_them(tmp_path: Path) -> None:
    for name, label in (("a", "m"), ("b", "m"), ("c", "p")):
        (tmp_path / name / "anna").mkdir(parents=True)
        (tmp_path / name / "anna" / "one.wav").write_bytes(b"sound")
        (tmp_path / name / "anna" / "one.lab").write_text(f"#\n1.0 125 {label}\n")
    folders = [RecordedFolder(tmp_path / name) for name in "abc"] + [RecordedFolder(tmp_path / "a", "arpabet")]
    known = [Simulation(0, "train", Casting("mixed", recordings=folder)).identity() for folder in folders]
    assert known[0] == known[1] != known[2]
    assert known[3] == {**known[0], "alphabet": "arpabet"}


def test_people_together_are_another_simulation() -> None:
    known = [Simulation(4, "test", together=some).identity() for some in (Together(), Together(0.2), Together())]
    assert known[0] == known[2] == {"seed": 4, "split": "test", "colocated": True, "dubbed": 0.0, "tracks": 1}
    assert known[1] == {**known[0], "dubbed": 0.2}
    assert pickle.loads(pickle.dumps(Simulation(1, "ood", together=Together(0.2)))) == Simulation(
        1, "ood", together=Together(0.2)
    )
    for share in (-0.1, 1.1, float("nan")):
        with pytest.raises(VisavisError, match="the share of dubbed clips cannot be"):
            Together(share)
