from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from tests.view.rigs.test_flame import arrays
from tests.view.rigs.test_ict import write_arrays, write_folder
from tests.view.rigs.test_vrm import BONES, humanoid, one, vrm
from tests.view.small_heads import small_head
from visavis.data.broken import BrokenFile
from visavis.view.exports.glb import write_glb
from visavis.view.rigs.flame import FlameRig
from visavis.view.rigs.load import read_rig
from visavis.view.rigs.rig import MeshRig


def test_every_format_is_known_by_its_ending(tmp_path: Path) -> None:
    write_glb(tmp_path / "a.glb", small_head())
    vrm(tmp_path / "a.vrm", {"VRMC_vrm": {"humanoid": humanoid(BONES), "expressions": {"preset": {"aa": one(_0=1)}}}})
    write_arrays(tmp_path / "ict.npz")
    write_folder(tmp_path / "kit")
    np.savez(tmp_path / "flame.npz", **arrays())
    (tmp_path / "flame.pkl").write_bytes(pickle.dumps(arrays(), 2))
    for name in ("a.glb", "a.vrm", "ict.npz", "kit"):
        rig = read_rig(tmp_path / name)
        assert isinstance(rig, MeshRig)
        assert "JawOpen" in rig.drives
    for name in ("flame.npz", "flame.pkl"):
        assert isinstance(read_rig(tmp_path / name), FlameRig)


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile, match=r"a head cannot be read from \.fbx; use \.glb"):
        read_rig(tmp_path / "a.fbx")
    np.savez(tmp_path / "a.npz", other=np.zeros(3))
    with pytest.raises(BrokenFile, match="holds the arrays other; it needs v_template or vertices"):
        read_rig(tmp_path / "a.npz")
    with pytest.raises(BrokenFile, match="no such file"):
        read_rig(tmp_path / "a.glb")
