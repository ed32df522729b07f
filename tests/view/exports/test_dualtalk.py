from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.view.small_heads import lively
from visavis.core.builtin_spaces import FLAME56
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.data.motion_files import read_motion
from visavis.view.exports.dualtalk import write_dualtalk


def flame(frames: int = 7, fps: float = 25) -> Motion:
    return Motion(np.random.default_rng(0).normal(size=(frames, FLAME56.width)), FLAME56, fps)


def test_motion_comes_back_and_neck_stands_before_jaw(tmp_path: Path) -> None:
    write_dualtalk(tmp_path / "a.flame.npz", flame())
    np.testing.assert_array_equal(read_motion(tmp_path / "a.flame.npz").values, flame().values)
    with np.load(tmp_path / "a.flame.npz") as arrays:
        assert {name: arrays[name].shape for name in arrays.files} == {"exp": (7, 50), "pose": (7, 6)}
        np.testing.assert_array_equal(arrays["pose"][:, :3], flame()["pose"])


def test_a_real_recording_is_written_as_it_was(tmp_path: Path, shared: Path) -> None:
    (recording,) = (shared / "data" / "dualtalk_clip").glob("*.npz")
    write_dualtalk(tmp_path / "a.npz", read_motion(recording))
    with np.load(tmp_path / "a.npz") as written, np.load(recording) as given:
        for name in ("exp", "pose"):
            np.testing.assert_array_equal(written[name], given[name])


def test_other_spaces_and_rates_are_refused(tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match="holds flame56, the motion is in arkit61; convert it first"):
        write_dualtalk(tmp_path / "a.npz", lively(3))
    with pytest.raises(VisavisError, match="holds 25 fps, the motion has 30; ask for 25"):
        write_dualtalk(tmp_path / "a.npz", flame(fps=30))
