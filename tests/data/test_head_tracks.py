from pathlib import Path

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.data.broken import BrokenFile
from visavis.data.head_tracks import head_track, read_head_track, read_head_tracks
from visavis.data.motion_files import write_motion
from visavis.data.sound import write_sound


def moving(fps: float, seconds: float = 8.0, hertz: float = 1.0) -> Motion:
    at = np.arange(round(seconds * fps)) / fps
    values = np.zeros((len(at), ARKIT61.width), dtype=np.float32)
    values[:, ARKIT61.indices("HeadYaw")[0]] = 0.2 * np.sin(2 * np.pi * hertz * at)
    return Motion(values, ARKIT61, fps)


@pytest.mark.parametrize("fps", [25.0, 30.0, 60.0])
def test_movement_is_kept_at_25_frames_a_second(fps: float) -> None:
    head = head_track("one", moving(fps)).head
    assert head is not None
    assert head.shape == (200, 3)
    wanted = 0.2 * np.sin(2 * np.pi * np.arange(200) / 25)
    np.testing.assert_allclose(head[:, 0], wanted, atol=2e-3)
    assert not head[:, 1:].any()


def test_what_is_too_fast_for_25_frames_does_not_alias() -> None:
    fast = head_track("one", moving(60.0, hertz=20.0)).head
    assert fast is not None
    assert np.abs(fast[25:-25]).max() < 0.01
    plain = moving(60.0, hertz=20.0).resample(25)["HeadYaw"]
    assert np.abs(plain[25:-25]).max() > 0.1, "without the filter it would look like a slow movement"


def test_rotation_vectors_become_angles() -> None:
    values = np.zeros((50, FLAME56.width), dtype=np.float32)
    values[:, FLAME56.indices("pose")[1]] = np.linspace(0, 0.5, 50)
    track = head_track("one", Motion(values, FLAME56))
    assert track.head is not None
    np.testing.assert_allclose(track.head[:, 0], np.linspace(0, 0.5, 50), atol=1e-6)
    assert track.gaze is None
    assert track.lids is None


def test_what_was_not_recorded_is_none() -> None:
    motion = moving(25.0)
    motion.values[::40, list(ARKIT61.indices("blink"))] = 1
    motion.values[:, ARKIT61.indices("HeadYaw")] = 0
    motion.values[:, ARKIT61.indices("LeftEyePitch")] = np.linspace(0, 0.4, 200)[:, None]
    track = head_track("one", motion)
    assert track.head is None
    assert track.gaze is not None
    np.testing.assert_allclose(track.gaze[:, 1], np.linspace(0, 0.2, 200), atol=1e-6)
    assert track.lids is not None
    assert track.lids.max() == 1


def test_the_sound_beside_it_tells_when_the_person_speaks(tmp_path: Path) -> None:
    write_motion(moving(25.0), tmp_path / "one.npz")
    sound = 0.001 * np.random.default_rng(0).normal(size=16000 * 8)
    sound[16000 * 2 : 16000 * 5] *= 100
    write_sound(sound.astype(np.float32), tmp_path / "one.wav")
    speaking = read_head_track(tmp_path / "one.npz").speaking
    assert speaking is not None
    assert speaking[55:120].all()
    assert not speaking[:40].any()
    assert not speaking[135:].any()


def test_folders_are_searched_and_files_must_fit(tmp_path: Path) -> None:
    write_motion(moving(25.0), tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", weights=np.zeros(3))
    write_motion(Motion(np.zeros((50, ARKIT61.width)), ARKIT61), tmp_path / "c.npz")
    assert [track.name for track in read_head_tracks([tmp_path])] == ["a"]
    with pytest.raises(BrokenFile, match="neither head nor eyes move"):
        read_head_tracks([tmp_path / "c.npz"])
    with pytest.raises(VisavisError, match=r"no recording .* was found"):
        read_head_tracks([])
