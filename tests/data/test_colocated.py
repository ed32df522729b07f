from pathlib import Path

import numpy as np
import pytest

from visavis.data.broken import BrokenFile
from visavis.data.colocated import COLOCATED_COLUMNS, COLOCATED_FPS
from visavis.data.motion_files import read_motion


def test_degrees_become_the_named_channels(tmp_path: Path) -> None:
    degrees = np.tile(np.array([10.0, -20.0, 30.0, 4.0, -5.0], dtype=np.float32), (12, 1))
    np.savez(tmp_path / "one.npz", head_eye_deg=degrees)
    motion = read_motion(tmp_path / "one.npz")
    assert (motion.fps, len(motion), motion.space.name) == (COLOCATED_FPS, 12, "arkit61")
    for name, angle in (("HeadRoll", 10), ("HeadPitch", -20), ("HeadYaw", 30)):
        np.testing.assert_allclose(motion[name], np.deg2rad(angle), rtol=1e-6)
    for side in ("Left", "Right"):
        np.testing.assert_allclose(motion[f"{side}EyeYaw"], np.deg2rad(4), rtol=1e-6)
        np.testing.assert_allclose(motion[f"{side}EyePitch"], np.deg2rad(-5), rtol=1e-6)
    assert not motion["exp"].any()


def test_a_head_that_turns_past_half_a_circle_does_not_jump(tmp_path: Path) -> None:
    turning = np.zeros((100, len(COLOCATED_COLUMNS)))
    turning[:, 2] = (np.linspace(80, 100, 100) + 270) % 360 - 270
    np.savez(tmp_path / "one.npz", head_eye_deg=turning)
    yaw = read_motion(tmp_path / "one.npz")["HeadYaw"][:, 0]
    np.testing.assert_allclose(np.diff(yaw), np.deg2rad(20 / 99), atol=1e-5)


def test_other_columns_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "one.npz", head_eye_deg=np.zeros((10, 6)))
    with pytest.raises(BrokenFile, match=r"\(10, 6\).*HeadRoll, HeadPitch"):
        read_motion(tmp_path / "one.npz")
