from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.view.small_heads import lively, small_head
from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.data.broken import BrokenFile
from visavis.data.motion_files import write_motion
from visavis.view.exports.glb import write_glb
from visavis.view.sources import read_source


def test_motion_files_and_animated_heads_are_read(tmp_path: Path) -> None:
    motion = lively(20)
    write_glb(tmp_path / "a.GLB", small_head(), motion)
    write_motion(motion, tmp_path / "a.csv")
    for name in ("a.GLB", "a.csv"):
        found = read_source(tmp_path / name, ARKIT61)
        assert found.fps == 30
        np.testing.assert_allclose(found["JawOpen"], motion["JawOpen"], atol=1e-5)
        with pytest.raises(BrokenFile, match="holds motion in arkit61, not flame56; give motion in flame56"):
            read_source(tmp_path / name, FLAME56)


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile, match=r"motion cannot be read from \.fbx"):
        read_source(tmp_path / "a.fbx")
