from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.view.rigs.rewriting import rewritten
from tests.view.small_heads import EYES, PIVOT, only, small_head
from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.data.broken import BrokenFile
from visavis.view.exports.glb import write_glb
from visavis.view.mesh import Joint, Mesh
from visavis.view.rigs.rig import MeshRig
from visavis.view.rigs.vrm import read_vrm

NAMES = ("Fcl_MTH_A", "Fcl_EYE_Close_L", "Fcl_MTH_Fun", "Fcl_ALL")


def vrm(place: Path, extension: dict[str, Any], backwards: bool = False) -> Path:
    """A model whose shapes have a modeller's own names; VRM 0 models face backwards."""
    head = small_head()
    about = np.array([-1, 1, -1]) if backwards else np.ones(3)
    joints = tuple(Joint(j.name, tuple((about * j.at).tolist()), j.parent) for j in head.joints)
    mesh = Mesh(head.vertices * about, head.faces, NAMES, head.offsets * about, joints, head.weights)
    write_glb(place, mesh)
    return rewritten(place, lambda document: document.update(extensions=extension, extensionsUsed=list(extension)))


def humanoid(document_bones: dict[str, int]) -> dict[str, Any]:
    return {"humanBones": {name: {"node": node} for name, node in document_bones.items()}}


BONES = {"head": 2, "leftEye": 3, "rightEye": 4, "hips": 1}


def one(**binds: float) -> dict[str, Any]:
    return {"morphTargetBinds": [{"node": 0, "index": int(at[1:]), "weight": w} for at, w in binds.items()]}


def test_vrm1_presets_are_driven_by_what_they_can_say(tmp_path: Path) -> None:
    expressions = {"preset": {"aa": one(_0=0.5), "blinkLeft": one(_1=1), "happy": one(_2=1, _3=0.2)}}
    model = {"VRMC_vrm": {"specVersion": "1.0", "humanoid": humanoid(BONES), "expressions": expressions}}
    rig, head = read_vrm(vrm(tmp_path / "a.vrm", model)), small_head()
    assert set(ARKIT_WEIGHTS) - set(rig.missing) == {"JawOpen", "EyeBlinkLeft", "MouthSmileLeft", "MouthSmileRight"}
    moved = rig.vertices(only(JawOpen=1, MouthSmileLeft=0.5, MouthSmileRight=0.5))[0]
    np.testing.assert_allclose(moved, head.vertices + 0.5 * head.offsets[0] + 0.4 * head.offsets[2], atol=1e-6)
    expected = MeshRig(head).vertices(only(HeadYaw=0.3, LeftEyePitch=0.2))
    np.testing.assert_allclose(rig.vertices(only(HeadYaw=0.3, LeftEyePitch=0.2)), expected, atol=1e-6)


def test_arkit_expressions_go_before_presets(tmp_path: Path) -> None:
    expressions = {"preset": {"aa": one(_3=1), "ou": one(_2=1)}, "custom": {"jawOpen": one(_0=1), "tail": one(_3=1)}}
    model = {"VRMC_vrm": {"humanoid": humanoid(BONES), "expressions": expressions}}
    rig, head = read_vrm(vrm(tmp_path / "a.vrm", model)), small_head()
    np.testing.assert_allclose(rig.vertices(only(JawOpen=1))[0], head.vertices + head.offsets[0], atol=1e-6)
    assert "MouthPucker" in rig.drives


def test_vrm0_models_are_turned_to_face_ahead(tmp_path: Path) -> None:
    groups = [
        {"name": "A", "presetName": "a", "binds": [{"mesh": 0, "index": 0, "weight": 100}]},
        {"name": "EyeBlinkLeft", "presetName": "unknown", "binds": [{"mesh": 0, "index": 1, "weight": 50}]},
    ]
    bones = [{"bone": name, "node": node} for name, node in BONES.items()]
    model = {"VRM": {"blendShapeMaster": {"blendShapeGroups": groups}, "humanoid": {"humanBones": bones}}}
    rig, head = read_vrm(vrm(tmp_path / "a.vrm", model, backwards=True)), small_head()
    np.testing.assert_allclose(rig.mesh.vertices, head.vertices, atol=1e-6)
    places = {joint.name: joint.at for joint in rig.mesh.joints}
    np.testing.assert_allclose([places["Head"], places["LeftEye"]], [PIVOT, EYES["LeftEye"]], atol=1e-6)
    moved = rig.vertices(only(EyeBlinkLeft=1, JawOpen=0.5))[0]
    np.testing.assert_allclose(moved, head.vertices + (head.offsets[1] + head.offsets[0]) / 2, atol=1e-6)


def test_what_is_no_vrm_or_cannot_be_driven_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile, match=r"is no VRM model; export it as VRM, or name it \.glb"):
        read_vrm(vrm(tmp_path / "a.vrm", {}))
    expressions = {"custom": {"tail": one(_3=1)}}
    model = {"VRMC_vrm": {"humanoid": humanoid(BONES), "expressions": expressions}}
    with pytest.raises(BrokenFile, match=r"none of its expressions can be driven \(expressions: tail\); add presets"):
        read_vrm(vrm(tmp_path / "a.vrm", model))
    with pytest.raises(BrokenFile, match="damaged"):
        read_vrm(vrm(tmp_path / "a.vrm", {"VRMC_vrm": {"humanoid": {}}}))
    for node in (-1, 99, "0", None):
        for model in (
            {"humanoid": humanoid(BONES | {"head": node}), "expressions": {"preset": {"aa": one(_0=1)}}},
            {"humanoid": humanoid(BONES), "expressions": {"preset": {"aa": {"morphTargetBinds": [{"node": node}]}}}},
        ):
            with pytest.raises(BrokenFile, match=r"a position in its nodes is|it refers to number 99 of its 5 nodes"):
                read_vrm(vrm(tmp_path / "a.vrm", {"VRMC_vrm": model}))
