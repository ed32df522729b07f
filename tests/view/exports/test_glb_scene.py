"""Scenes are read back by our own reader of glTF files."""

from __future__ import annotations

from pathlib import Path as File
from typing import Any

import numpy as np
import pytest

from tests.view.room_pair import pair, turned
from tests.view.small_heads import lively, small_head
from visavis.core.errors import VisavisError
from visavis.core.layout import Layout, Place
from visavis.core.rotations import multiply
from visavis.view.exports.glb_scene import Member, write_glb_scene
from visavis.view.mesh import Mesh
from visavis.view.outputs import outputs_of_pair, write_each
from visavis.view.presentation import Style
from visavis.view.render.placement import in_place, path_of
from visavis.view.rigs.gltf_file import GltfFile, read_gltf
from visavis.view.rigs.rig import MeshRig, matrices

FRAMES = 60
FIRST, SECOND = pair(FRAMES)
MOTIONS = {"Ada": FIRST.motion, "Ben": SECOND.motion}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> GltfFile:
    path = tmp_path_factory.mktemp("scene") / "room.glb"
    members = []
    for name, motion in MOTIONS.items():
        where = path_of(motion)
        members.append(Member(name, small_head(), in_place(motion), where.positions, where.headings))
    write_glb_scene(path, members)
    return read_gltf(path)


def at(place: Place) -> tuple[np.ndarray, np.ndarray]:
    """Position (1, 3) and heading (1,) of somebody who stays in a place."""
    return np.array([place.position]), np.array([place.facing_rad])


def named(file: GltfFile, name: str) -> int:
    """The number of the topmost node of somebody."""
    return next(i for i, node in enumerate(file.list_of("nodes")) if node["name"] == name)


def below(file: GltfFile, root: int, name: str) -> int:
    """The number of the node of this name below another."""
    return next(i for i, node in enumerate(file.list_of("nodes")) if node["name"] == name and root in file.ancestors(i))


def keys(file: GltfFile, node: int, path: str) -> np.ndarray:
    """The key values of one property of a node."""
    animation: dict[str, Any] = file.document["animations"][0]
    wanted = {"node": node, "path": path}
    sampler = next(animation["samplers"][c["sampler"]] for c in animation["channels"] if c["target"] == wanted)
    times = file.array(sampler["input"])[:, 0]
    np.testing.assert_array_equal(times, (np.arange(FRAMES) / 25).astype(np.float32))
    return file.array(sampler["output"]).astype(np.float64)


@pytest.mark.parametrize("name", MOTIONS)
def test_everybody_stands_where_their_motion_says_and_looks_where_it_says(scene: GltfFile, name: str) -> None:
    motion, root = MOTIONS[name], named(scene, name)
    np.testing.assert_allclose(keys(scene, root, "translation"), motion["translation"], atol=1e-6)
    body, head = (keys(scene, node, "rotation")[:, [3, 0, 1, 2]] for node in (root, below(scene, root, "Head")))
    np.testing.assert_allclose(matrices(multiply(body, head)), matrices(turned(motion)), atol=1e-5)
    assert np.abs(body[:, [1, 3]]).max() < 1e-6, "bodies stay upright"
    at = scene.list_of("nodes")[root]
    np.testing.assert_allclose(at["translation"], motion["translation"][0], atol=1e-6)
    assert len(scene.document["animations"]) == 1
    assert scene.document["animations"][0]["extras"]["fps"] == 25


@pytest.mark.parametrize("name", MOTIONS)
def test_everybody_has_their_own_face(scene: GltfFile, name: str) -> None:
    motion, root = MOTIONS[name], named(scene, name)
    face = below(scene, root, f"{name} face")
    weights = keys(scene, face, "weights").reshape(FRAMES, -1)
    np.testing.assert_allclose(weights[:, 0], motion["JawOpen"][:, 0], atol=1e-6)
    np.testing.assert_allclose(weights[:, 1], motion["EyeBlinkLeft"][:, 0], atol=1e-6)
    node = scene.list_of("nodes")[face]
    skin = scene.list_of("skins")[node["skin"]]
    assert all(root in scene.ancestors(joint) for joint in skin["joints"])
    assert scene.list_of("meshes")[node["mesh"]]["name"] == name


def test_the_two_share_nothing_and_the_scene_shows_both(scene: GltfFile) -> None:
    assert scene.document["scenes"][0]["nodes"] == [named(scene, "Ada"), named(scene, "Ben")]
    targets = [
        (channel["target"]["node"], channel["target"]["path"])
        for channel in scene.document["animations"][0]["channels"]
    ]
    assert len(targets) == len(set(targets)) == 2 * 6  # place, turn, weights, head and two eyes
    used = [p["material"] for mesh in scene.list_of("meshes") for p in mesh["primitives"]]
    assert sorted(used) == [0, 1, 2, 3]


def test_rest_is_the_first_frame_so_that_still_pictures_are_right(scene: GltfFile) -> None:
    placed = scene.placements[named(scene, "Ben")]
    np.testing.assert_allclose(placed[:3, 3], SECOND.motion["translation"][0], atol=1e-6)
    np.testing.assert_allclose(placed[:3, 2], [0, 0, -1], atol=0.1)


def test_who_has_no_motion_stands_still(tmp_path: File) -> None:
    places = Layout.default()
    members = [
        Member("moved", small_head(), lively(9, 25.0), *at(places.first)),
        Member("still", small_head(), None, *at(places.second)),
    ]
    write_glb_scene(tmp_path / "a.glb", members)
    file = read_gltf(tmp_path / "a.glb")
    still = named(file, "still")
    targets = {channel["target"]["node"] for channel in file.document["animations"][0]["channels"]}
    assert all(still not in file.ancestors(node) for node in targets)
    assert named(file, "moved") not in targets, "a place that does not change has no keys"


def test_two_people_of_one_recording_become_one_scene_or_a_file_each(tmp_path: File) -> None:
    apart = [MOTIONS["Ada"], lively(FRAMES, 25.0)]
    heads = Style(head=MeshRig(small_head()), partner_head=MeshRig(small_head()))
    together = outputs_of_pair([tmp_path / "a.glb"], FIRST, SECOND, ("first", "second"))
    assert [one.path.name for one in together] == ["a.glb"]
    write_each(together, heads)
    file = read_gltf(tmp_path / "a.glb")
    assert [file.list_of("nodes")[i]["name"] for i in file.document["scenes"][0]["nodes"]] == ["first", "second"]
    people = [type(FIRST)(None, motion) for motion in apart]
    alone = outputs_of_pair([tmp_path / "b.glb"], *people, ("first", "second"))
    assert [one.path.name for one in alone] == ["b_first.glb", "b_second.glb"]


def test_nothing_to_show_is_refused_and_leaves_no_file(tmp_path: File) -> None:
    nothing = Mesh(np.zeros((0, 3)), np.zeros((0, 3)))
    with pytest.raises(VisavisError, match="0 vertices"):
        write_glb_scene(tmp_path / "a.glb", [Member("x", nothing, None, *at(Layout.default().first))])
    assert list(tmp_path.iterdir()) == []
