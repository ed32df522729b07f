from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.data.inputs import read_inputs
from visavis.data.motion_files import write_motion


def voice(path: Path, seconds: float, rate: int = SAMPLE_RATE) -> Path:
    time = np.arange(round(seconds * rate)) / rate
    soundfile.write(path, 0.1 * np.sin(2 * np.pi * 220 * time), rate)
    return path


def moves(path: Path, seconds: float, fps: float = 25) -> Path:
    write_motion(Motion(np.zeros((round(seconds * fps), ARKIT61.width)), ARKIT61, fps), path)
    return path


def test_equal_voices_need_no_note(tmp_path: Path) -> None:
    given = read_inputs(voice(tmp_path / "u.wav", 2), voice(tmp_path / "a.wav", 2, 44_100))
    assert len(given.user_speech) == len(given.agent_speech) == 2 * SAMPLE_RATE
    assert given.notes == ()
    assert given.user_motion is None


def test_unequal_voices_are_cut_to_the_common_length_and_that_is_said(tmp_path: Path) -> None:
    given = read_inputs(voice(tmp_path / "u.wav", 2), voice(tmp_path / "a.wav", 3.5))
    assert len(given.user_speech) == len(given.agent_speech) == 2 * SAMPLE_RATE
    assert given.notes == ("the voices last 2.00 s (user) and 3.50 s (agent); both are cut to 2.00 s",)


@pytest.mark.parametrize(("seconds", "fps"), [(1.5, 25), (2.5, 60), (2.0, 30)])
def test_motion_of_about_the_same_length_comes_at_25_frames_a_second(tmp_path: Path, seconds: float, fps: int) -> None:
    user, agent = voice(tmp_path / "u.wav", 2), voice(tmp_path / "a.wav", 2)
    given = read_inputs(user, agent, moves(tmp_path / "m.npz", seconds, fps), ARKIT61)
    assert given.user_motion is not None
    assert given.user_motion.fps == 25
    assert abs(len(given.user_motion) - seconds * 25) <= 1


@pytest.mark.parametrize("seconds", [1.4, 2.6])
def test_motion_of_another_length_is_refused(tmp_path: Path, seconds: float) -> None:
    user, agent = voice(tmp_path / "u.wav", 2), voice(tmp_path / "a.wav", 2)
    with pytest.raises(VisavisError, match=rf"m\.npz: .* lasts {seconds:.2f} s but the voices 2\.00 s"):
        read_inputs(user, agent, moves(tmp_path / "m.npz", seconds))


def test_motion_of_another_space_is_refused(tmp_path: Path) -> None:
    user, agent = voice(tmp_path / "u.wav", 2), voice(tmp_path / "a.wav", 2)
    with pytest.raises(VisavisError, match="arkit61, not flame56"):
        read_inputs(user, agent, moves(tmp_path / "m.npz", 2), FLAME56)
