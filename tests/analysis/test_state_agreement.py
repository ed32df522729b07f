from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.training.test_phonetic import write_clip
from visavis.analysis.state_agreement import confusion_table, confusions, main, recall_table, recalls
from visavis.analysis.state_labels import logged_talks, states_of_pair
from visavis.analysis.states import Talk
from visavis.data.simulate.conversation import Scene, simulate_scene
from visavis.data.simulate.store import store_scene
from visavis.encode.voice_detectors import VOICE_DETECTORS

TRUE, TOLD = [np.array([0, 0, 0, 0, 1]), np.array([5])], [np.array([0, 0, 1, 0, 1]), np.array([6])]


def test_confusions_count_frames_and_recalls_are_shares() -> None:
    counts = confusions(TRUE, TOLD)
    assert counts[0].tolist() == [3, 1, 0, 0, 0, 0, 0]
    assert counts[5, 6] == 1
    assert counts.sum() == 6
    shares = recalls(TRUE, TOLD)
    assert shares[[0, 1, 5, 7]] == pytest.approx([0.75, 1, 0, 4 / 6])
    assert np.isnan(shares[[2, 3, 4, 6]]).all()


def test_tables_name_states_and_ways() -> None:
    table = recall_table(TRUE, {"ear": TOLD, "truth": TRUE}).splitlines()
    assert table[0] == "| state | ear | truth |"
    assert table[2] == "| speaking | 75.0% | 100.0% |"
    assert table[-1] == "| all | 66.7% | 100.0% |"
    assert confusion_table(TRUE, TOLD).splitlines()[2].startswith("| speaking | 75.0% | 25.0% | 0.0% |")


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    pytest.importorskip("espeakng_loader", reason="needs espeak-ng (extra simulate)")
    return [simulate_scene(1, "test", index) for index in range(3)]


@pytest.mark.parametrize(("detector", "least"), [("silero", 0.93), ("webrtc", 0.88), ("loudness", 0.91)])
def test_states_that_are_heard_agree_with_the_simulators_log(scenes: list[Scene], detector: str, least: float) -> None:
    module = {"silero": "silero_vad", "webrtc": "webrtcvad"}.get(detector)
    if module is not None:
        pytest.importorskip(module, reason=f"needs {module} (extra states)")
    truth: list[np.ndarray] = []
    told: list[np.ndarray] = []
    for scene in scenes:
        frames = len(scene.motions[0])
        logged = logged_talks(scene.events(), frames)
        assert logged is not None
        truth.extend(states_of_pair(*logged))
        heard = [Talk(VOICE_DETECTORS[detector](said.sound)[:frames]) for said in scene.talks]
        told.extend(states_of_pair(*heard))
    *each, every = recalls(truth, told)
    assert every > least
    assert min(each[:2]) > 0.9, "speaking, listening"
    assert min(each[-2:]) > 0.8, "pausing to think, waiting"
    if detector == "silero":
        assert min(each) > 0.6, "of no state less is found"


def test_the_command_prints_a_column_for_each_way(
    scenes: list[Scene], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("silero_vad", reason="needs silero-vad (extra states)")
    pytest.importorskip("webrtcvad", reason="needs webrtcvad-wheels (extra states)")
    store_scene(tmp_path / "test", scenes[0])
    assert main([str(tmp_path), "test"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| state | silero | webrtc | loudness | log, by length | log, live |"
    every = [float(share.strip().rstrip("%")) for share in lines[9].split("|")[2:-1]]
    assert lines[9].startswith("| all |")
    assert every[3] > every[4], "who hears the future knows more"
    assert lines[11].startswith("| true \\ told | speaking |")


def test_folders_without_a_log_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_clip(tmp_path, "a", 0)
    assert main([str(tmp_path)]) == 2
    assert "no clip has an event log that tells of phrases" in capsys.readouterr().err
    assert main([]) == 2
    assert main([str(tmp_path / "none")]) == 2
