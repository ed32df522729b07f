from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.view.small_heads import only
from visavis.data.broken import BrokenFile
from visavis.view.rigs.ict import read_ict

POINTS = np.array([[0, -20, 0], [4, 0, 9], [-4, 0, 9], [0, 5, 9], [0, 9, 0]], np.float32)
QUADS, TRIANGLES = np.array([[0, 1, 3, 2]]), np.array([[1, 4, 3]])
NAMES = ("browInnerUp_L", "browInnerUp_R", "jawOpen", "PupilDilate_L")


def deltas() -> np.ndarray:
    moved = np.zeros((4, 5, 3), np.float32)
    moved[0, 1], moved[1, 2], moved[2, 0], moved[3, 3] = [0, 1, 0], [0, 2, 0], [0, -3, 0], 1
    return moved


def write_arrays(place: Path, **changes: np.ndarray) -> Path:
    arrays = {"vertices": POINTS, "quads": QUADS, "triangles": TRIANGLES, "names": np.array(NAMES), "deltas": deltas()}
    np.savez(place, **(arrays | {"identity_deltas": np.ones((1, 5, 3), np.float32)} | changes))
    return place


def write_obj(place: Path, points: np.ndarray) -> None:
    lines = [f"v {x} {y} {z}" for x, y, z in points.tolist()]
    lines += ["f " + " ".join(f"{i + 1}/{i + 1}" for i in face) for face in (*QUADS.tolist(), *TRIANGLES.tolist())]
    place.write_text("\n".join(lines))


def write_folder(place: Path) -> Path:
    model = place / "FaceXModel"
    model.mkdir(parents=True)
    write_obj(model / "generic_neutral_mesh.obj", POINTS)
    for name, delta in zip(NAMES, deltas(), strict=True):
        write_obj(model / f"{name}.obj", POINTS + delta)
    write_obj(model / "identity000.obj", POINTS + 1)
    return place


def test_folder_and_arrays_make_the_same_rig_in_metres(tmp_path: Path) -> None:
    for rig in (read_ict(write_arrays(tmp_path / "a.npz")), read_ict(write_folder(tmp_path / "kit"))):
        np.testing.assert_allclose(rig.mesh.vertices, POINTS * 0.01, atol=1e-7)
        assert rig.mesh.names == ("BrowInnerUp", "JawOpen")
        moved = rig.vertices(only(BrowInnerUp=1, JawOpen=0.5))[0] - rig.mesh.vertices
        np.testing.assert_allclose(moved[:3], [[0, -0.015, 0], [0, 0.01, 0], [0, 0.02, 0]], atol=1e-6)
        assert rig.faces.tolist() == [[0, 1, 3], [0, 3, 2], [1, 4, 3]]


def test_the_shoulders_stay_and_the_skull_follows(tmp_path: Path) -> None:
    rig = read_ict(write_arrays(tmp_path / "a.npz"))
    assert rig.mesh.following[:, 0].tolist() == [0, 1, 1, 1, 1]
    moved = rig.vertices(only(HeadPitch=0.3))[0] - rig.mesh.vertices
    assert np.abs(moved[0]).max() == 0
    assert moved[3, 1] < -0.01


def test_identity_shapes_change_the_neutral_face(tmp_path: Path) -> None:
    for place in (write_arrays(tmp_path / "a.npz"), write_folder(tmp_path / "kit")):
        np.testing.assert_allclose(read_ict(place, [0.5]).mesh.vertices, (POINTS + 0.5) * 0.01, atol=1e-7)
        with pytest.raises(BrokenFile, match="has 1 identity shapes, 2 were asked for"):
            read_ict(place, [0.5, 1])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"deltas": np.zeros((4, 4, 3))}, r"do not fit together: deltas is float64 \(4, 4, 3\)"),
        ({"vertices": POINTS.ravel()}, r"do not fit together: vertices is float32 \(15,\)"),
        ({"vertices": np.float32(1)}, r"do not fit together: vertices is float32 \(\)"),
        ({"names": np.array("jawOpen")}, r"do not fit together: names is <U7 \(\)"),
        ({"names": np.arange(4)}, r"do not fit together: names is int64 \(4,\)"),
        ({"triangles": np.array([0, 1, 2])}, r"do not fit together: triangles is int64 \(3,\)"),
        ({"quads": np.int64(3)}, r"do not fit together: quads is int64 \(\)"),
        ({"quads": np.array([[0, 1, 2, 9]])}, "quads names the vertices 0 to 9, there are 0 to 4"),
        ({"triangles": np.array([[0, 1, -1]])}, "triangles names the vertices -1 to 1, there are 0 to 4"),
        ({"triangles": np.array([[0, 1, np.nan]])}, "triangles holds 1 values that are NaN"),
        ({"vertices": np.full((5, 3), np.nan)}, r"vertices holds 15 values that are NaN, .* the first at \(0, 0\)"),
        ({"vertices": np.ones((5, 3))}, "its 5 vertices span 0 x 0 x 0, which is no head"),
        ({"deltas": np.full((4, 5, 3), np.inf)}, "deltas holds 60 values that are NaN, infinite"),
        ({"names": np.array(["a", "b", "c", "d"])}, r"no shape has an ARKit name \(shapes: a, b, c, d\)"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path: Path, changes: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(BrokenFile, match=message):
        read_ict(write_arrays(tmp_path / "a.npz", **changes))


def test_folders_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile, match=r"holds no generic_neutral_mesh\.obj; give ICT-FaceKit's FaceXModel folder"):
        read_ict(tmp_path)
    kit = write_folder(tmp_path / "kit")
    write_obj(kit / "FaceXModel" / "jawOpen.obj", POINTS[:4])
    with pytest.raises(BrokenFile, match=r"jawOpen\.obj: has 4 vertices, generic_neutral_mesh\.obj has 5"):
        read_ict(kit)
    (kit / "FaceXModel" / "jawOpen.obj").write_text("v a b c")
    with pytest.raises(BrokenFile, match="is not a Wavefront file"):
        read_ict(kit)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("v 0 nan 0\nv 1 0 0\nf 1 2 1", "vertices holds 1 values that are NaN"),
        ("v 0 1e400 0\nv 1 0 0\nf 1 2 1", "vertices holds 1 values that are NaN, infinite"),
        ("v 0 1\nv 1 0 0", "is not a Wavefront file"),
        ("v 0 0 0\nv 1 0 0\nf 1 2 0", "triangles names the vertices -1 to 1, there are 0 to 1"),
        ("v 0 0 0\nv 1 0 0\nf 1 2 9", "triangles names the vertices 0 to 8, there are 0 to 1"),
        (f"v 0 0 0\nv 1 0 0\nf 1 2 {10**30}", "is not a Wavefront file"),
        ("v 0 0 0\nv 1 0 0\nf 1 2 1 2 1", "has a face of 5 corners; give faces of three and four"),
        ("v 0 0 0\nv 0 0 0\nf 1 2 1", "its 2 vertices span 0 x 0 x 0, which is no head"),
        ("", "the file is empty"),
    ],
)
def test_meshes_that_are_none_are_refused(tmp_path: Path, text: str, message: str) -> None:
    kit = write_folder(tmp_path / "kit")
    (kit / "FaceXModel" / "generic_neutral_mesh.obj").write_text(text)
    with pytest.raises(BrokenFile, match=message):
        read_ict(kit)


def test_shapes_that_are_no_numbers_are_named_by_their_file(tmp_path: Path) -> None:
    kit = write_folder(tmp_path / "kit")
    write_obj(kit / "FaceXModel" / "jawOpen.obj", POINTS * np.float32(np.nan))
    with pytest.raises(BrokenFile, match=r"jawOpen\.obj: its vertices holds 15 values that are NaN"):
        read_ict(kit)


def test_the_published_head_is_driven(shared: Path) -> None:
    rig = read_ict(shared / "data" / "avatars" / "ict_facekit.npz")
    assert rig.missing == ("TongueOut",)
    mesh = rig.mesh
    assert 0.25 < np.ptp(mesh.vertices[:, 1]) < 0.4
    joints = {joint.name: joint.at for joint in mesh.joints}
    assert joints["LeftEye"][0] == pytest.approx(-joints["RightEye"][0], abs=1e-4)
    left = mesh.following[:, [joint.name for joint in mesh.joints].index("LeftEye")] == 1
    away = np.linalg.norm(mesh.vertices[left] - joints["LeftEye"], axis=1)
    assert away.std() < 0.15 * away.mean()
    still, looking = rig.vertices(only())[0], rig.vertices(only(LeftEyeYaw=0.3))[0]
    moved = np.abs(looking - still).max(axis=1) > 1e-5
    assert not np.any(moved & ~left)
    opened = rig.vertices(only(JawOpen=1))[0] - still
    assert opened[:, 1].min() < -0.02
