from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import visavis
from tests.small_systems import make
from visavis.analysis.state_agreement import recalls
from visavis.analysis.state_labels import state_labels
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.data.folder import list_clips
from visavis.data.motion_files import write_motion
from visavis.data.sound import write_sound
from visavis.system.folder import save_system
from visavis.training.afterwards import stretches
from visavis.training.states import fit_states, main, offsets, told_states

SECONDS = 8
FRAMES = SECONDS * 25


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two people who speak in turn, the second before the first has ended."""
    folder, generator = tmp_path / "data", np.random.default_rng(0)
    for number in (1, 2):
        write_sound(np.zeros(640 * FRAMES, np.float32), folder / f"clip_speaker{number}.wav")
        values = 0.1 * generator.standard_normal((FRAMES, ARKIT61.width)).astype(np.float32)
        write_motion(Motion(values, ARKIT61), folder / f"clip_speaker{number}.npz")
    spoken = [(1, 0, 70), (2, 60, 60), (1, 150, 40)]
    events = [
        {"kind": kind, "person": person, "onset": onset, "duration": duration}
        for person, onset, duration in spoken
        for kind in ("phrase", "utterance")
    ]
    (folder / "clip_events.json").write_text(json.dumps(events))
    return folder


def test_the_state_that_is_found_worst_is_found_more_often_and_all_nearly_as_often() -> None:
    """A rare state of which the network says too little, and in which it stays once it was there."""
    generator = np.random.default_rng(0)
    truth = np.repeat(generator.choice(7, (20, 100), p=[0.5, 0.3, 0.04, 0.04, 0.04, 0.04, 0.04]), 5, axis=1)
    said = 2 * np.eye(7)[truth] + generator.standard_normal((*truth.shape, 7)) - 2 * np.eye(7)[2]
    logits = said[:, :, None] + np.concatenate([np.eye(7), np.zeros((1, 7))])
    before = recalls([*truth], [*told_states(logits)])
    after = recalls([*truth], [*told_states(logits + offsets(logits, truth))])
    assert before[2] == before[:7].min() < 0.4
    assert after[:7].min() > before[2] + 0.1
    assert after[-1] > before[-1] - 0.1


def test_states_are_told_as_the_model_tells_them(data: Path) -> None:
    system = make("arig extended")
    known = stretches(system, list_clips(data), FRAMES, 2)
    motion, _ = system.step(known.given, system.init_state(2))
    told = motion.labels["state"][:, 0].numpy()
    before, _ = fit_states(system, list_clips(data), SECONDS)
    truth = state_labels(list_clips(data)[0], FRAMES)[:, : told.shape[1]]
    np.testing.assert_allclose(before, recalls([*truth], [*told]))


def test_nothing_but_the_states_is_fitted(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run").mkdir()
    save_system(make("arig extended"), tmp_path / "run")
    assert (
        main([str(tmp_path / "run"), "--data", str(data), "--out", str(tmp_path / "fitted"), "--seconds", str(SECONDS)])
        == 0
    )
    assert "listening" in capsys.readouterr().out
    fitted, run = (visavis.load_trainable(str(tmp_path / name)).model.state_dict() for name in ("fitted", "run"))
    changed = [name for name, value in run.items() if not torch.equal(value, fitted[name])]
    assert changed == ["understanding.classify.1.bias"]


def test_more_frames_are_told_right_after_it(data: Path) -> None:
    before, after = fit_states(make("arig extended"), list_clips(data), SECONDS)
    assert after[-1] + np.nanmin(after[:-1]) > before[-1] + np.nanmin(before[:-1])


def test_models_without_states_and_short_clips_are_refused(data: Path) -> None:
    with pytest.raises(VisavisError, match="tells no conversational states"):
        fit_states(make("timar shipped"), list_clips(data))
    for number in (1, 2):
        write_motion(Motion(np.zeros((50, 61), np.float32), ARKIT61), data / f"clip_speaker{number}.npz")
    with pytest.raises(VisavisError, match="none of 1 clips is 60 s of two people in motion"):
        fit_states(make("arig extended"), list_clips(data))
