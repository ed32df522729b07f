from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.view.rigs.rewriting import rewritten
from tests.view.small_heads import small_head
from visavis.core.errors import VisavisError
from visavis.data.broken import BrokenFile
from visavis.view.exports.glb import write_glb
from visavis.view.rigs.gltf import read_arkit_gltf
from visavis.view.rigs.gltf_file import read_gltf
from visavis.view.rigs.gltf_pieces import scene_pieces


def test_pieces_are_placed_and_carry_the_shapes_that_are_asked_for(tmp_path: Path) -> None:
    head = small_head()
    write_glb(tmp_path / "face.glb", head)
    file = read_gltf(tmp_path / "face.glb")
    pieces = scene_pieces(file, {(0, 2): {"MouthSmileRight": 1.0}})
    assert [piece.targets.keys() for piece in pieces] == [{2}, {2}]  # one for each material
    np.testing.assert_allclose(pieces[0].vertices, head.vertices, atol=1e-6)
    np.testing.assert_allclose(pieces[0].offsets(file, 2), head.offsets[2], atol=1e-6)
    follows = np.zeros((10, 5))
    follows[pieces[0].follows.vertices, pieces[0].follows.nodes] = pieces[0].follows.shares
    np.testing.assert_allclose(follows[:, 2:], head.following, atol=1e-6)
    np.testing.assert_allclose(follows.sum(axis=1), 1, atol=1e-6)


def first(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["meshes"][0]["primitives"][0]
    return found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["nodes"][0].update(mesh=-1), "a position in its meshes is -1"),
        (lambda d: d["nodes"][0].update(mesh=1), "it refers to number 1 of its 1 meshes"),
        (lambda d: d["nodes"][0].update(skin=-1), "a position in its skins is -1"),
        (lambda d: d.update(scene=-1), "a position in its scenes is -1"),
        (lambda d: d["scenes"][0].update(nodes=[-1]), "a position in its nodes is -1"),
        (lambda d: d["skins"][0]["joints"].__setitem__(0, -1), "a position in its nodes is -1"),
        (lambda d: d["skins"][0]["joints"].pop(), r"points hang on joint \d of a skin of 3"),
        (lambda d: d["skins"][0]["joints"].append(1), "a skin has 5 joints and 4 matrices"),
        (lambda d: first(d)["attributes"].update(POSITION=-1), "a position in its accessors is -1"),
        (lambda d: first(d)["targets"][0].update(POSITION=99), r"refers to number 99 of its \d+ accessors"),
        (lambda d: first(d)["attributes"].update(WEIGHTS_0=first(d)["indices"]), "an attribute of 10 points has 6 x 1"),
        (lambda d: first(d)["targets"][0].update(POSITION=first(d)["attributes"]["TEXCOORD_0"]), "has 10 x 2 numbers"),
        (
            lambda d: d["accessors"][first(d)["indices"]].update(bufferView=0, componentType=5123),
            r"its triangles name points up to \d{5} of 10",
        ),
        (lambda d: d["nodes"][1].update(children=[1]), "hang in a circle"),
        (lambda d: d["nodes"][2].update(translation=[0, 2e9, 0]), "some positions are no numbers, or beyond 1e9"),
        (
            lambda d: d["nodes"][2].update(scale=[1e300, 1, 1], rotation=[1e300, 0, 0, 0]),
            "some positions are no numbers",
        ),
        (lambda d: d["nodes"][2].update(translation=[float("nan"), 0, 0]), "some positions are no numbers"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    write_glb(tmp_path / "face.glb", small_head())
    with pytest.raises(BrokenFile, match=rf"face\.glb: .*{message}"):
        read_arkit_gltf(rewritten(tmp_path / "face.glb", change))


def bare(points: int, targets: int = 1, copies: int = 1) -> Callable[[dict[str, Any]], object]:
    """A document whose mesh takes no bytes at all, shown by so many nodes."""

    def change(document: dict[str, Any]) -> None:
        document["accessors"] = [{"componentType": 5126, "count": points, "type": "VEC3"}]
        document["meshes"] = [
            {
                "primitives": [{"attributes": {"POSITION": 0}, "targets": [{"POSITION": 0}] * targets}],
                "extras": {"targetNames": ["jawOpen"] * targets},
            }
        ]
        document["nodes"] = [{"mesh": 0}] * copies
        document["scenes"] = [{"nodes": list(range(copies))}]

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (bare(300_000), "it has 300,000 elements without bytes, 250,000 are possible"),
        (bare(30_000, copies=10), "it has 270,000 points, 250,000 are possible"),
        (bare(1, targets=2, copies=15_000), "numbers of points that shapes and joints move, 25,000,000 are"),
        (bare(30_000, targets=1000), "it has 60,030,000 numbers of points that shapes and joints move, 25,000,000 are"),
    ],
)
def test_a_small_file_makes_no_large_mesh(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    write_glb(tmp_path / "face.glb", small_head())
    tracemalloc.start()
    try:
        with pytest.raises(BrokenFile, match=message):
            read_arkit_gltf(rewritten(tmp_path / "face.glb", change))
        assert tracemalloc.get_traced_memory()[1] < 30e6
    finally:
        tracemalloc.stop()


def test_a_scene_is_of_so_many_pieces_at_most(tmp_path: Path) -> None:
    write_glb(tmp_path / "face.glb", small_head())
    file = read_gltf(rewritten(tmp_path / "face.glb", bare(1, copies=20_001)))
    with pytest.raises(VisavisError, match="it has 20,001 pieces of meshes, 20,000 are possible; export it with fewer"):
        scene_pieces(file, {})


def test_a_chain_of_nodes_that_all_show_the_mesh_takes_no_time(tmp_path: Path) -> None:
    """Each hangs below the one before, and the eyes below all."""
    write_glb(tmp_path / "face.glb", small_head())

    def hang(document: dict[str, Any]) -> None:
        bare(3, copies=3000)(document)
        names = {2997: "Head", 2998: "LeftEye", 2999: "RightEye"}
        document["nodes"] = [{"mesh": 0, "name": names.get(n, ""), "children": [n + 1]} for n in range(2999)]
        document["nodes"].append({"mesh": 0, "name": "RightEye", "translation": [-1, 1, 0]})
        document["scenes"] = [{"nodes": [0]}]

    rewritten(tmp_path / "face.glb", hang)
    began = time.process_time()
    read = read_arkit_gltf(tmp_path / "face.glb").mesh
    assert time.process_time() - began < 10
    assert len(read.vertices) == 9000
    assert read.following.sum() == 9  # the three points each of head and eyes
