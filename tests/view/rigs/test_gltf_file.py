from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.view.small_heads import lively, small_head
from visavis.core.errors import VisavisError
from visavis.data.broken import BrokenFile
from visavis.view.exports.glb import write_glb
from visavis.view.rigs.gltf import read_arkit_gltf
from visavis.view.rigs.gltf_file import broken_file_for, read_gltf
from visavis.view.rigs.gltf_motion import read_gltf_motion


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


VIEW = {"buffer": 0, "byteLength": 24}
ENTRY = {"bufferView": 0, "componentType": 5126, "count": 2, "type": "VEC3"}
SPARSE = {"count": 1, "indices": {"bufferView": 0, "componentType": 5121}, "values": {"bufferView": 0}}


@pytest.mark.parametrize(
    ("view", "entry", "message"),
    [
        ({"byteStride": -12}, {}, "a byteStride is -12, possible are whole numbers from 0"),
        ({"byteStride": -(10**9)}, {}, "a byteStride is -1,000,000,000"),
        ({"byteStride": 13}, {}, "a list of 2 elements reaches to byte 25 of 24"),
        ({"byteStride": 2**70}, {}, r"a list of 2 elements reaches to byte 1,180,591,620,717,411,303,436 of 24"),
        ({"byteOffset": -4}, {}, "the byteOffset of a view is -4"),
        ({"byteOffset": 1}, {}, "a view reaches to byte 25 of 24"),
        ({"byteLength": -1}, {}, "a byteLength is -1"),
        ({"byteLength": 25}, {}, "a view reaches to byte 25 of 24"),
        ({"byteLength": 2**63}, {}, "a view reaches to byte 9,223,372,036,854,775,808 of 24"),
        ({"byteLength": 20}, {}, "a list of 2 elements reaches to byte 24 of 20"),
        ({"buffer": 1}, {}, "it refers to number 1 of its 1 buffers"),
        ({"buffer": -1}, {}, "a position in its buffers is -1"),
        ({}, {"bufferView": 1}, "it refers to number 1 of its 1 bufferViews"),
        ({}, {"bufferView": -1}, "a position in its bufferViews is -1"),
        ({}, {"byteOffset": 1}, "a list of 2 elements reaches to byte 25 of 24"),
        ({}, {"byteOffset": -1}, "the byteOffset of an accessor is -1"),
        ({}, {"byteOffset": 2**64}, "reaches to byte"),
        ({}, {"count": 3}, "a list of 3 elements reaches to byte 36 of 24"),
        ({}, {"count": -1}, "the count of an accessor is -1"),
        ({}, {"count": 2**63}, "reaches to byte"),
        ({}, {"count": 1.5}, "the count of an accessor is 1.5"),
        ({}, {"count": "2"}, r"the count of an accessor is a text \(2\)"),
        ({}, {"type": "MAT4"}, "a list of 2 elements reaches to byte 128 of 24"),
        ({}, {"type": "VEC9"}, "elements of type a text"),
        ({}, {"componentType": 5130}, "numbers of type 5,130 are none"),
        ({}, {"sparse": SPARSE | {"count": -1}}, "the count of a sparse accessor is -1"),
        ({}, {"sparse": SPARSE | {"count": 2**40}}, "a list of 1,099,511,627,776 elements reaches"),
        ({}, {"sparse": SPARSE | {"count": 3}}, "a sparse accessor replaces numbers 0 to 128 of 2"),
        ({}, {"sparse": SPARSE | {"indices": {"componentType": 5121}}}, "KeyError: 'bufferView'"),
        (
            {},
            {"sparse": SPARSE | {"indices": {"bufferView": 0, "componentType": 5120, "byteOffset": 23}}},
            "-1 to -1 of 2",
        ),
        ({}, {"sparse": SPARSE | {"indices": {"bufferView": 0, "componentType": 5125}}}, "replaces numbers .* of 2"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(
    tmp_path: Path, view: dict[str, Any], entry: dict[str, Any], message: str
) -> None:
    data = np.array([1, 2, 3, 4, 5, 6], np.float32).tobytes()[:23] + b"\xff"
    whole = {"bufferViews": [VIEW], "accessors": [ENTRY]}
    assert read_gltf(write_document(tmp_path / "a.gltf", whole, data)).array(0).shape == (2, 3)
    broken = {"bufferViews": [VIEW | view], "accessors": [ENTRY | entry]}
    file = read_gltf(write_document(tmp_path / "a.gltf", broken, data))
    with (
        pytest.raises(BrokenFile, match=rf"a\.gltf: .*{message}.*; export or copy it again"),
        broken_file_for(file.path),
    ):
        file.array(0)


@pytest.mark.parametrize("count", [250_001, 2**32, 2**70])
def test_what_takes_no_bytes_is_not_there_without_end(tmp_path: Path, count: int) -> None:
    accessors = [{"componentType": 5126, "count": number, "type": "MAT4"} for number in (250_000, count)]
    file = read_gltf(write_document(tmp_path / "a.gltf", {"accessors": accessors}))
    assert file.array(0).shape == (250_000, 16)
    with pytest.raises(
        VisavisError, match=r"it has [\d,.]+ elements without bytes, 250,000 are possible; export it with"
    ):
        file.array(1)


def test_more_bytes_allow_more(tmp_path: Path) -> None:
    accessors = [{"componentType": 5126, "count": 300_000, "type": "SCALAR"}]
    document = {"accessors": accessors, "bufferViews": [{"buffer": 0, "byteLength": 300_000}]}
    assert len(read_gltf(write_document(tmp_path / "a.gltf", document, bytes(300_000))).array(0)) == 300_000


def packed_view(count: Any, stride: Any = 4, mode: Any = "ATTRIBUTES", length: int = 24) -> dict[str, Any]:
    packed = {"buffer": 0, "byteLength": length, "count": count, "byteStride": stride, "mode": mode}
    return {"buffer": 0, "byteLength": 24, "extensions": {"EXT_meshopt_compression": packed}}


@pytest.mark.parametrize(
    ("view", "message"),
    [
        (packed_view(6, 0), "elements of 0 bytes, possible are"),
        (packed_view(2**62), r"it has [\d,.]+ packed bytes, 16,000,000 are possible"),
        (packed_view(6, 2**62), "packed bytes"),
        (packed_view(-6), "a packed count is -6"),
        (packed_view(6, -4), "a packed byteStride is -4"),
        (packed_view(6, 4, "WAVES"), "its mode is none of ATTRIBUTES"),
        (packed_view(6, 4, ["TRIANGLES"]), "TypeError"),
        (packed_view(6, length=25), "a view reaches to byte 25 of 24"),
        (packed_view(6, length=-1), "a byteLength is -1"),
    ],
)
def test_packed_views_that_do_not_fit_are_refused(tmp_path: Path, view: dict[str, Any], message: str) -> None:
    document = {"bufferViews": [view], "accessors": [ENTRY]}
    file = read_gltf(write_document(tmp_path / "a.gltf", document, b"\xa0" + bytes(23)))
    with pytest.raises(BrokenFile, match=message), broken_file_for(file.path):
        file.array(0)


def test_packed_views_are_too_many_together(tmp_path: Path) -> None:
    document = {"bufferViews": [packed_view(10_000, 256)] * 10, "accessors": [ENTRY]}
    file = read_gltf(write_document(tmp_path / "a.gltf", document, bytes(24)))
    with pytest.raises(VisavisError, match="it has 25,600,000 packed bytes, 16,000,000 are possible"):
        file.array(0)


def test_a_file_beside_it_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(bytes(1000))
    document = {"buffers": [{"byteLength": 1000, "uri": "a.bin"}] * 50}
    file = read_gltf(write_document(tmp_path / "a.gltf", document))
    assert len({id(buffer) for buffer in file.buffers}) == 1
    document["buffers"] = [{"byteLength": 4, "uri": "a" * 5000}]
    with pytest.raises(BrokenFile, match=r"there is no such file|File name too long"):
        read_gltf(write_document(tmp_path / "a.gltf", document))


@pytest.mark.parametrize(
    ("name", "read", "stride"),
    [
        ("negative_stride.glb", read_arkit_gltf, "-1,000,000,000"),
        ("negative_stride_animation.glb", read_gltf_motion, "-1"),
    ],
)
def test_strides_that_went_backwards_into_foreign_memory_are_refused(
    shared: Path, name: str, read: Callable[[Path], object], stride: str
) -> None:
    with pytest.raises(
        BrokenFile, match=rf"{name}: a byteStride is {stride}, possible are whole numbers from 0; export"
    ):
        read(shared / "hostile" / name)


@pytest.mark.parametrize("kept", [3, 11, 30, 200, -1])
def test_cut_files_are_refused(tmp_path: Path, kept: int) -> None:
    write_glb(tmp_path / "face.glb", small_head(), lively())
    whole = (tmp_path / "face.glb").read_bytes()
    (tmp_path / "cut.glb").write_bytes(whole[:kept])
    with pytest.raises(BrokenFile, match=r"cut\.glb: is damaged or not a glTF file .*; export or copy it again"):
        read_arkit_gltf(tmp_path / "cut.glb")


@pytest.mark.parametrize(
    "text", ["[" * 200_000, '{"a":' * 200_000, '{"asset":{"version":' + "9" * 5000 + "}}", "nul", "[]"]
)
def test_documents_that_are_none_are_refused_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.gltf").write_text(text)
    with pytest.raises(BrokenFile, match=r"a\.gltf: is (damaged or )?not (a glTF file|glTF 2\.0)") as told:
        read_gltf(tmp_path / "a.gltf")
    assert len(str(told.value)) < 500


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
