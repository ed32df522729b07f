from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from tests.view.small_heads import lively, only, small_head
from visavis.core.errors import VisavisError
from visavis.view.exports.usd import write_usd
from visavis.view.mesh import Mesh
from visavis.view.rigs.rig import MeshRig


def skinned_by_usd(path: Path, frames: range) -> np.ndarray:
    """Vertices (T, V, 3) as usd-core itself deforms them."""
    from pxr import Gf, Usd, UsdGeom, UsdSkel, Vt

    stage = Usd.Stage.Open(str(path))
    root = UsdSkel.Root(stage.GetDefaultPrim())
    assert UsdSkel.BakeSkinning(root, Gf.Interval(frames[0], frames[-1]))
    points = UsdGeom.Mesh(stage.GetPrimAtPath("/Face/Skin")).GetPointsAttr()
    assert isinstance(points.Get(0), Vt.Vec3fArray)
    return np.stack([np.array(points.Get(frame)) for frame in frames])


@pytest.mark.parametrize("ending", [".usda", ".usdc", ".usd"])
def test_usd_puts_the_vertices_where_the_rig_does(tmp_path: Path, ending: str) -> None:
    pytest.importorskip("pxr", reason="needs usd-core; pip install 'visavis[usd]'")
    mesh, motion = small_head(), lively(6, 30000 / 1001)
    write_usd(tmp_path / f"face{ending}", mesh, motion)
    found = skinned_by_usd(tmp_path / f"face{ending}", range(6))
    np.testing.assert_allclose(found, MeshRig(mesh).vertices(motion), atol=1e-5)


def test_the_stage_keeps_rate_units_and_names(tmp_path: Path) -> None:
    pytest.importorskip("pxr", reason="needs usd-core; pip install 'visavis[usd]'")
    from pxr import Usd, UsdGeom, UsdSkel

    motion = lively(12, 60)
    write_usd(tmp_path / "face.usda", small_head(), motion)
    stage = Usd.Stage.Open(str(tmp_path / "face.usda"))
    assert (stage.GetTimeCodesPerSecond(), stage.GetEndTimeCode()) == (60, 11)
    assert (UsdGeom.GetStageMetersPerUnit(stage), UsdGeom.GetStageUpAxis(stage)) == (1.0, "Y")
    animation = UsdSkel.Animation(stage.GetPrimAtPath("/Face/Animation"))
    assert list(animation.GetBlendShapesAttr().Get()) == ["jawOpen", "eyeBlinkLeft", "mouthSmileRight", "Wrinkle"]
    told = [animation.GetBlendShapeWeightsAttr().Get(frame)[0] for frame in range(12)]
    np.testing.assert_allclose(told, motion["JawOpen"][:, 0], atol=1e-6)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["face.usda"]


def test_nothing_to_write_and_a_missing_extra_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pxr", None)
    with pytest.raises(VisavisError, match=r"writing USD needs usd-core; .*visavis\[usd\]"):
        write_usd(tmp_path / "face.usda", small_head(), only())
    monkeypatch.undo()
    pytest.importorskip("pxr", reason="needs usd-core; pip install 'visavis[usd]'")
    with pytest.raises(VisavisError, match="0 vertices"):
        write_usd(tmp_path / "face.usda", Mesh(np.zeros((0, 3)), np.zeros((0, 3))))
