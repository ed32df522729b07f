from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.view.rigs.rewriting import rewritten
from tests.view.small_heads import PIVOT, lively, only, small_head
from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.data.broken import BrokenFile
from visavis.view.exports import glb_figure
from visavis.view.exports.glb import write_glb
from visavis.view.mesh import HEAD, Mesh
from visavis.view.rigs.gltf import read_arkit_gltf
from visavis.view.rigs.gltf_file import read_gltf


def test_a_rig_without_arkit_names_says_what_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glb_figure, "target_name", lambda name: f"clip {name[0]}")
    write_glb(tmp_path / "face.glb", small_head())
    with pytest.raises(BrokenFile, match=r"no shape has an ARKit name \(shapes: clip E, clip J, .*rename them"):
        read_arkit_gltf(tmp_path / "face.glb")


def test_other_spellings_and_halves(tmp_path: Path) -> None:
    shapes = np.zeros((3, 3, 3))
    shapes[0, 0], shapes[1, 1], shapes[2, 2] = 0.1, 0.2, 0.3
    mesh = Mesh(np.eye(3), np.array([[0, 1, 2]]), ("browInnerUp_L", "browInnerUp_R", "Face.eyeBlink_L"), shapes)
    write_glb(tmp_path / "face.glb", mesh)
    read = read_arkit_gltf(tmp_path / "face.glb").mesh
    assert read.names == ("BrowInnerUp", "EyeBlinkLeft")
    np.testing.assert_allclose(read.offsets[0], shapes[0] + shapes[1], atol=1e-7)


def test_a_mesh_without_joints_turns_as_a_whole(tmp_path: Path) -> None:
    mesh = small_head()
    write_glb(tmp_path / "face.glb", Mesh(mesh.vertices, mesh.faces, mesh.names, mesh.shapes))
    rig = read_arkit_gltf(tmp_path / "face.glb")
    assert [joint.name for joint in rig.mesh.joints] == [HEAD]
    moved = rig.vertices(only(HeadYaw=0.3))[0]
    np.testing.assert_allclose(np.ptp(moved[:, 1]), np.ptp(mesh.vertices[:, 1]), atol=1e-6)
    assert moved[2, 2] > mesh.vertices[2, 2]  # the own left side comes ahead


def test_nodes_that_scale_and_turn_are_applied_to_points_shapes_and_joints(tmp_path: Path) -> None:
    """The face hangs, unskinned, below a node that turns a z-up file upright and makes metres of centimetres."""
    mesh = small_head()
    upright = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]]) * 100.0  # y up -> z up
    lying = Mesh(mesh.vertices @ upright.T, mesh.faces, mesh.names, mesh.offsets @ upright.T)
    write_glb(tmp_path / "face.glb", lying)

    def hang(document: dict[str, Any]) -> None:
        document["nodes"] = [
            {"name": "root", "rotation": [-np.sqrt(0.5), 0, 0, np.sqrt(0.5)], "scale": [0.01] * 3, "children": [1]},
            {"name": "Head", "translation": (upright @ [0, 0.02, 0]).tolist(), "children": [2]},
            {"mesh": 0, "translation": (upright @ [0, -0.02, 0]).tolist()},
        ]
        document["scenes"] = [{"nodes": [0]}]
        del document["skins"]

    read = read_arkit_gltf(rewritten(tmp_path / "face.glb", hang)).mesh
    np.testing.assert_allclose(read.vertices, mesh.vertices, atol=1e-6)
    np.testing.assert_allclose(read.offsets, mesh.offsets[:3], atol=1e-6)
    np.testing.assert_allclose(read.joints[0].at, [0, 0.02, 0], atol=1e-6)


def test_a_skin_takes_its_mesh_along_with_its_joints(tmp_path: Path) -> None:
    """Joints that stand elsewhere than where the mesh was bound to them; the node of a skinned mesh has no say."""
    mesh = small_head()
    write_glb(tmp_path / "face.glb", mesh)

    def move(document: dict[str, Any]) -> None:
        document["nodes"][0]["translation"] = [7, 7, 7]
        document["nodes"][1] |= {"translation": [0.1, 0.2, 0.3], "scale": [2, 2, 2]}

    read = read_arkit_gltf(rewritten(tmp_path / "face.glb", move)).mesh
    np.testing.assert_allclose(read.vertices[:10], 2 * mesh.vertices + [0.1, 0.2, 0.3], atol=1e-6)
    np.testing.assert_allclose(read.offsets[:, :10], 2 * mesh.offsets[:3], atol=1e-6)
    head = next(joint for joint in read.joints if joint.name == HEAD)
    np.testing.assert_allclose(head.at, 2 * np.array(PIVOT) + [0.1, 0.2, 0.3], atol=1e-6)


def test_strips_and_fans_become_triangles(tmp_path: Path) -> None:
    mesh = Mesh(np.random.default_rng(0).normal(size=(6, 3)), np.array([[0, 1, 2], [3, 4, 5]]), ("JawOpen",))
    for mode, expected in ((5, [[0, 1, 2], [1, 3, 2], [2, 3, 4], [3, 5, 4]]), (6, [[1, 2, 0], [2, 3, 0]])):
        write_glb(tmp_path / "face.glb", mesh)
        rewritten(tmp_path / "face.glb", lambda d, mode=mode: d["meshes"][0]["primitives"][0].update(mode=mode))
        found = read_arkit_gltf(tmp_path / "face.glb").mesh.faces
        np.testing.assert_array_equal(found[: len(expected)], expected)


def test_left_and_right_eye_are_those_of_the_person(tmp_path: Path) -> None:
    write_glb(tmp_path / "face.glb", small_head(), lively())

    def swap(document: dict[str, Any]) -> None:
        for node in document["nodes"]:
            node["name"] = {"LeftEye": "eyeRight", "RightEye": "eyeLeft"}.get(node["name"], node["name"])

    read = read_arkit_gltf(rewritten(tmp_path / "face.glb", swap)).mesh
    assert {joint.name: joint.at[0] > 0 for joint in read.joints if "Eye" in joint.name} == {
        "LeftEye": True,
        "RightEye": False,
    }


@pytest.mark.parametrize(
    ("flat", "told"), [([0, 1, 1], "0 x 0.2 x 0.09"), ([1, 0, 1], "0.2 x 0 x 0.09"), ([0, 0, 0], "0 x 0 x 0")]
)
def test_what_has_no_width_or_no_height_is_no_head(tmp_path: Path, flat: list[int], told: str) -> None:
    head = small_head()
    write_glb(tmp_path / "face.glb", Mesh(head.vertices * np.array(flat), head.faces, head.names, head.offsets))
    with pytest.raises(BrokenFile, match=rf"face\.glb: its \d+ vertices span {told}, which is no head; copy it again"):
        read_arkit_gltf(tmp_path / "face.glb")


def test_endless_names_are_cut(tmp_path: Path) -> None:
    write_glb(tmp_path / "face.glb", small_head())
    names = [f"clip {number}\n" + "x" * 10_000 for number in range(4)]
    rewritten(tmp_path / "face.glb", lambda document: document["meshes"][0]["extras"].update(targetNames=names))
    with pytest.raises(BrokenFile, match=r"\(shapes: clip 0 x+\.\.\., clip 1 x+\.\.\., ") as told:
        read_arkit_gltf(tmp_path / "face.glb")
    assert len(str(told.value)) < 600


def test_the_face_cap_head_is_driven_whole(shared: Path) -> None:
    """Meshopt-compressed and quantised; its eyes are named as the viewer sees them, and a node above carries all."""
    rig = read_arkit_gltf(shared / "data" / "avatars" / "facecap.glb")
    assert rig.missing == ()
    assert len(rig.drives) == len(ARKIT_WEIGHTS) + 9
    mesh = rig.mesh
    blink = np.abs(mesh.offsets[mesh.names.index("EyeBlinkLeft")]).sum(axis=1).argmax()
    assert mesh.vertices[blink, 0] > 0.2
    jaw = mesh.offsets[mesh.names.index("JawOpen")]
    assert jaw[:, 1].min() < -0.2 < 0.01 > jaw[:, 1].max() - 0.05
    still, turned = rig.vertices(only())[0], rig.vertices(only(HeadYaw=0.5, LeftEyeYaw=0.2))[0]
    assert np.abs(turned - still).max(axis=1).min() > 0  # everything follows the head, teeth and eyes too
    eyes = [joint for joint in mesh.joints if joint.name != HEAD]
    assert [joint.at[0] > 0 for joint in eyes] == [True, False]
    assert read_gltf(shared / "data" / "avatars" / "facecap.glb").document["asset"]["generator"] == "gltfpack 0.16"
