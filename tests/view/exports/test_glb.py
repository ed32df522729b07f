"""Files are read back by our own reader and by two that know nothing of it (where they are installed)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.view.small_heads import lively, only, small_head
from visavis.core.builtin_spaces import FLAME56
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.exports.glb import write_glb
from visavis.view.mesh import Mesh
from visavis.view.rigs.gltf import read_arkit_gltf
from visavis.view.rigs.gltf_file import read_gltf
from visavis.view.rigs.gltf_motion import read_gltf_motion
from visavis.view.rigs.rig import MeshRig

SHOWN = ("JawOpen", "EyeBlinkLeft", "MouthSmileRight", "pose", "gaze")


@pytest.mark.parametrize("fps", [25.0, 30.0, 30000 / 1001, 60.0])
def test_mesh_and_motion_come_back(tmp_path: Path, fps: float) -> None:
    mesh, motion = small_head(), lively(200, fps)
    write_glb(tmp_path / "face.glb", mesh, motion)
    read = read_arkit_gltf(tmp_path / "face.glb").mesh
    back = read_gltf_motion(tmp_path / "face.glb")
    assert (back.fps, len(back)) == (fps, 200)
    for channels in SHOWN:
        np.testing.assert_allclose(back[channels], motion[channels], atol=1e-5)
    order = [4, 5, 6, 7, 8, 9]
    np.testing.assert_allclose(read.vertices[:4], mesh.vertices[:4], atol=1e-6)
    assert {joint.name: joint.parent for joint in read.joints} == {j.name: j.parent for j in mesh.joints}
    piece = motion.cut(3, 8)
    told, expected = MeshRig(read).vertices(piece), MeshRig(mesh).vertices(piece)
    np.testing.assert_allclose(told[:, :4], expected[:, :4], atol=1e-6)
    assert len(read.vertices) == 2 * len(mesh.vertices)  # one piece for each material
    np.testing.assert_allclose(told[:, [10 + i for i in order]], expected[:, order], atol=1e-6)


def test_key_times_are_those_of_the_frames(tmp_path: Path) -> None:
    write_glb(tmp_path / "face.glb", small_head(), lively(50, 60))
    file = read_gltf(tmp_path / "face.glb")
    times = file.array(file.document["animations"][0]["samplers"][0]["input"])[:, 0]
    np.testing.assert_array_equal(times, (np.arange(50) / 60).astype(np.float32))


def test_rotations_take_the_short_way_from_key_to_key(tmp_path: Path) -> None:
    write_glb(tmp_path / "face.glb", small_head(), lively(60))
    file = read_gltf(tmp_path / "face.glb")
    for channel in file.document["animations"][0]["channels"]:
        if channel["target"]["path"] == "rotation":
            sampler = file.document["animations"][0]["samplers"][channel["sampler"]]
            keys = file.array(sampler["output"])
            assert np.all(np.sum(keys[1:] * keys[:-1], axis=1) >= 0)


def test_shapes_take_room_only_where_they_move(tmp_path: Path) -> None:
    count = 3000
    shapes = np.zeros((40, count, 3))
    shapes[:, :5] = 0.01
    points = np.random.default_rng(0).uniform(-1, 1, (count, 3))
    faces = np.arange(count).reshape(-1, 3)
    write_glb(tmp_path / "face.glb", Mesh(points, faces, tuple(f"s{i}" for i in range(40)), shapes))
    assert (tmp_path / "face.glb").stat().st_size < 40 * count * 3 * 4 / 4


def test_another_space_is_shown_as_far_as_it_can_be(tmp_path: Path) -> None:
    motion = Motion(np.zeros((3, FLAME56.width)), FLAME56)
    motion.values[:, FLAME56.indices("pose")[1]] = 0.3
    write_glb(tmp_path / "face.glb", small_head(), motion)
    np.testing.assert_allclose(read_gltf_motion(tmp_path / "face.glb")["HeadYaw"], -0.3, atol=1e-6)


def test_nothing_to_write_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match="0 vertices"):
        write_glb(tmp_path / "face.glb", Mesh(np.zeros((0, 3)), np.zeros((0, 3))))
    with pytest.raises(VisavisError, match="no frames"):
        write_glb(tmp_path / "face.glb", small_head(), lively(0))
    assert list(tmp_path.iterdir()) == []


def test_pygltflib_reads_it(tmp_path: Path) -> None:
    pygltflib = pytest.importorskip("pygltflib", reason="an independent reader; pip install pygltflib")
    motion = lively(20)
    write_glb(tmp_path / "face.glb", small_head(), motion)
    file = pygltflib.GLTF2().load(str(tmp_path / "face.glb"))
    assert file.meshes[0].extras["targetNames"] == ["jawOpen", "eyeBlinkLeft", "mouthSmileRight", "Wrinkle"]
    weights = next(channel for channel in file.animations[0].channels if channel.target.path == "weights")
    output = file.accessors[file.animations[0].samplers[weights.sampler].output]
    view, blob = file.bufferViews[output.bufferView], file.binary_blob()
    told = np.frombuffer(blob[view.byteOffset : view.byteOffset + view.byteLength], np.float32).reshape(20, 4)
    np.testing.assert_allclose(told[:, :1], motion["JawOpen"], atol=1e-5)
    assert json.loads(file.to_json())["asset"]["version"] == "2.0"


def test_trimesh_reads_it(tmp_path: Path) -> None:
    trimesh = pytest.importorskip("trimesh", reason="an independent reader; pip install trimesh")
    mesh = small_head()
    write_glb(tmp_path / "face.glb", mesh, only(JawOpen=1))
    pieces = list(trimesh.load(tmp_path / "face.glb").geometry.values())
    assert sum(len(piece.faces) for piece in pieces) == len(mesh.faces)
    corners = np.concatenate([piece.triangles.reshape(-1, 3) for piece in pieces])
    np.testing.assert_allclose(corners, mesh.vertices[mesh.faces].reshape(-1, 3), atol=1e-6)
