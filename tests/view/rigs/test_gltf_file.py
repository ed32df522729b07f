from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.view.small_heads import lively, small_head
from visavis.data.broken import BrokenFile
from visavis.view.exports.glb import write_glb
from visavis.view.rigs.gltf import read_arkit_gltf
from visavis.view.rigs.gltf_file import read_gltf


def write_document(path: Path, document: dict[str, Any], data: bytes = b"") -> Path:
    uri = "data:application/octet-stream;base64," + base64.b64encode(data).decode()
    whole = {"asset": {"version": "2.0"}, "buffers": [{"byteLength": len(data), "uri": uri}]} | document
    path.write_text(json.dumps(whole))
    return path


def test_strides_offsets_and_normalised_integers(tmp_path: Path) -> None:
    data = np.array([[9, 9, 0, 255], [9, 9, 51, 102]], np.uint8).tobytes()
    view = {"buffer": 0, "byteOffset": 0, "byteLength": 8, "byteStride": 4}
    entry = {"bufferView": 0, "byteOffset": 2, "componentType": 5121, "count": 2, "type": "VEC2", "normalized": True}
    signed = {"bufferView": 0, "byteOffset": 2, "componentType": 5120, "count": 1, "type": "VEC2", "normalized": True}
    file = read_gltf(write_document(tmp_path / "a.gltf", {"bufferViews": [view], "accessors": [entry, signed]}, data))
    np.testing.assert_allclose(file.array(0), [[0, 1], [0.2, 0.4]], atol=1e-7)
    np.testing.assert_allclose(file.array(1), [[0, -1 / 127]], atol=1e-7)


def test_sparse_numbers_replace_those_of_the_base(tmp_path: Path) -> None:
    data = np.array([1, 2, 3], np.float32).tobytes() + np.array([2, 0], np.uint16).tobytes()
    data += np.array([7, 8], np.float32).tobytes()
    views = [{"buffer": 0, "byteOffset": at, "byteLength": size} for at, size in ((0, 12), (12, 4), (16, 8))]
    sparse = {"count": 2, "indices": {"bufferView": 1, "componentType": 5123}, "values": {"bufferView": 2}}
    accessors = [
        {"bufferView": 0, "componentType": 5126, "count": 3, "type": "SCALAR", "sparse": sparse},
        {"componentType": 5126, "count": 3, "type": "SCALAR", "sparse": sparse},
    ]
    file = read_gltf(write_document(tmp_path / "a.gltf", {"bufferViews": views, "accessors": accessors}, data))
    np.testing.assert_array_equal(file.array(0)[:, 0], [8, 2, 7])
    np.testing.assert_array_equal(file.array(1)[:, 0], [8, 0, 7])


def test_nodes_stand_where_their_ancestors_put_them(tmp_path: Path) -> None:
    half = np.sqrt(0.5)
    nodes = [
        {"rotation": [0, 0, half, half], "scale": [2, 2, 2], "children": [1]},
        {"translation": [1, 0, 0]},
        {"matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 6, 7, 1]},
    ]
    file = read_gltf(write_document(tmp_path / "a.gltf", {"nodes": nodes}))
    np.testing.assert_allclose(file.placements[1, :3, 3], [0, 2, 0], atol=1e-12)
    np.testing.assert_allclose(file.placements[2, :3, 3], [5, 6, 7])
    assert file.ancestors(1) == [1, 0]


def test_buffers_beside_the_file_are_read_and_others_are_not(tmp_path: Path) -> None:
    (tmp_path / "a b.bin").write_bytes(np.array([4], np.float32).tobytes())
    document = {
        "buffers": [{"byteLength": 4, "uri": "a%20b.bin"}],
        "bufferViews": [{"buffer": 0, "byteLength": 4}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 1, "type": "SCALAR"}],
    }
    assert read_gltf(write_document(tmp_path / "a.gltf", document)).array(0) == [[4]]
    for uri in ("../secret.bin", "/etc/hostname", "https://example.org/a.bin"):
        document["buffers"] = [{"byteLength": 4, "uri": uri}]
        with pytest.raises(BrokenFile, match="keep them beside the file"):
            read_gltf(write_document(tmp_path / "a.gltf", document))


@pytest.mark.parametrize("kept", [3, 11, 30, 200, -1])
def test_cut_files_are_refused(tmp_path: Path, kept: int) -> None:
    write_glb(tmp_path / "face.glb", small_head(), lively())
    whole = (tmp_path / "face.glb").read_bytes()
    (tmp_path / "cut.glb").write_bytes(whole[:kept])
    with pytest.raises(BrokenFile, match=r"cut\.glb: is damaged or not a glTF file .*; export or copy it again"):
        read_arkit_gltf(tmp_path / "cut.glb")


def test_no_damage_escapes_as_anything_but_broken_file(tmp_path: Path) -> None:
    write_glb(tmp_path / "face.glb", small_head(), lively())
    whole = bytearray((tmp_path / "face.glb").read_bytes())
    draw = np.random.default_rng(0)
    refused = 0
    for _ in range(150):
        damaged = whole.copy()
        for at in draw.integers(12, 4000, 3):
            damaged[at] = draw.integers(32, 127)
        (tmp_path / "bad.glb").write_bytes(damaged)
        try:
            read_arkit_gltf(tmp_path / "bad.glb")
        except BrokenFile:
            refused += 1
    assert refused > 50


def test_what_is_not_read_is_named(tmp_path: Path) -> None:
    needs = {"extensionsRequired": ["KHR_draco_mesh_compression"]}
    with pytest.raises(BrokenFile, match="needs KHR_draco_mesh_compression; export it without"):
        read_gltf(write_document(tmp_path / "a.gltf", needs))
    with pytest.raises(BrokenFile, match=r"is not glTF 2\.0"):
        read_gltf(write_document(tmp_path / "a.gltf", {"asset": {"version": "1.0"}}))
