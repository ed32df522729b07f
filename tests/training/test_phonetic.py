from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.data.folder import list_clips
from visavis.data.motion_files import write_motion
from visavis.data.simulate.phonemes import PHONEMES
from visavis.data.sound import write_sound
from visavis.encode.phonetic import PhoneticConfig, PhoneticEncoder
from visavis.system.folder import load_speech
from visavis.training.phonetic import PhoneticObjective, PhoneticObjectiveConfig, _run, phoneme_labels, train_phonetic

TINY = {
    "speech.width": "32",
    "speech.dilations": "1,1",
    "frames": "50",
    "objective.settling": "5",
    "loop.schedule.steps": "60",
    "loop.schedule.warmup": "5",
    "loop.optimizer.lr": "0.01",
    "loop.batch_size": "4",
    "loop.validation_windows": "4",
}
HUM, HISS = "m", "s"


def write_clip(folder: Path, name: str, seed: int, frames: int = 120) -> None:
    """Two people who hum with closed lips and hiss with open ones in turn, four frames each."""
    generator = np.random.default_rng(seed)
    events = []
    for number in (1, 2):
        kinds = np.arange(frames) // 4 % 2
        time = np.arange(samples_in(frames)) / 16000
        hum, hiss = 0.2 * np.sin(2 * np.pi * 150 * time), 0.05 * generator.standard_normal(len(time))
        sound = np.where(np.repeat(kinds, samples_in(1)) == 0, hum, hiss)
        write_sound(sound.astype(np.float32), folder / f"{name}_speaker{number}.wav")
        values = np.zeros((frames, ARKIT61.width), np.float32)
        values[:, ARKIT61.channels.index("JawOpen")] = 0.4 * kinds
        write_motion(Motion(values, ARKIT61), folder / f"{name}_speaker{number}.npz")
        events += [
            {"kind": "phoneme", "person": number, "onset": t, "duration": 4, "label": (HUM, HISS)[int(kinds[t])]}
            for t in range(0, frames, 4)
        ]
    (folder / f"{name}_events.json").write_text(json.dumps(events))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for index in range(4):
        write_clip(tmp_path / "data", f"clip{index}", index)
    return tmp_path / "data"


def test_an_encoder_learns_to_tell_sounds_apart(data: Path, tmp_path: Path) -> None:
    report = train_phonetic(data, tmp_path / "run", overrides=TINY)
    assert report.validation["phoneme_2"] < 0.3 * np.log(2)
    assert report.validation["mouth_2"] < 0.3
    encoder = PhoneticEncoder(PhoneticConfig(width=32, dilations=(1, 1)))
    load_speech(encoder, tmp_path / "run")


def test_labels_say_what_sounds_in_each_frame(data: Path) -> None:
    clip = list_clips(data)[0]
    labels = phoneme_labels(clip, 120)[1]
    assert labels.shape == (120, 2)
    assert [PHONEMES[i] for i in labels[[0, 3, 4, 7, 8], 0]] == [HUM, HUM, HISS, HISS, HUM]
    assert (labels[:, 0] == labels[:, 1]).all()


def test_two_phonemes_may_share_a_frame(data: Path) -> None:
    clip = list_clips(data)[0]
    assert clip.events is not None
    events = [
        {"kind": "phoneme", "person": 1, "onset": t, "duration": 0, "label": name} for t, name in ((3, "p"), (3, "a"))
    ]
    clip.events.write_text(json.dumps(events))
    labels = phoneme_labels(clip, 5)[0]
    assert [PHONEMES[i] for i in labels[3]] == ["p", "a"]
    assert (labels[[0, 1, 2, 4]] == 0).all()
    assert PHONEMES[0] == ""


def test_errors_say_what_is_missing(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = next(data.glob("*_events.json"))
    path.write_text("[]")
    assert _run([str(data), "--out", str(tmp_path / "run")]) == 2
    assert "names no phonemes; bring conversations of `visavis simulate`" in capsys.readouterr().err
    path.write_text(json.dumps([{"kind": "phoneme", "person": 1, "onset": 0, "duration": 1, "label": "Q9"}]))
    assert _run([str(data), "--out", str(tmp_path / "run")]) == 2
    assert "strange phonemes: Q9" in capsys.readouterr().err


def test_windows_without_labels_are_refused(data: Path) -> None:
    from visavis.data.windows import WindowSet

    encoder = PhoneticEncoder(PhoneticConfig(width=8, dilations=(1,)))
    objective = PhoneticObjective(encoder, torch.arange(2), torch.zeros(2), torch.ones(2), PhoneticObjectiveConfig())
    batch = WindowSet(list_clips(data), 50, ARKIT61).load([0])
    with pytest.raises(VisavisError, match="no phoneme labels"):
        objective(batch, torch.Generator().manual_seed(0))
