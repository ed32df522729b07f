from __future__ import annotations

import json
import struct

import numpy as np

from visavis.view.exports.gltf_buffer import GltfBuffer


def test_a_packed_file_has_the_layout_of_the_specification() -> None:
    buffer = GltfBuffer()
    buffer.add(np.array([[1, 2, 3]], np.uint8).reshape(3, 1), "SCALAR")
    floats = np.array([[0.5, -1, 2], [3, 4, 5]], np.float32)
    assert buffer.add(floats, "VEC3", bounded=True) == 1
    data = buffer.pack({"asset": {"version": "2.0"}})
    magic, version, length, size, kind = struct.unpack_from("<4sIIII", data)
    assert (magic, version, length, kind) == (b"glTF", 2, len(data), int.from_bytes(b"JSON", "little"))
    document = json.loads(data[20 : 20 + size])
    binary_size, binary_kind = struct.unpack_from("<I4s", data, 20 + size)
    assert binary_kind == b"BIN\0"
    assert document["buffers"] == [{"byteLength": binary_size}]
    assert (size % 4, binary_size % 4) == (0, 0)
    view = document["bufferViews"][document["accessors"][1]["bufferView"]]
    assert view["byteOffset"] % 4 == 0
    start = 28 + size + view["byteOffset"]
    np.testing.assert_array_equal(np.frombuffer(data[start : start + view["byteLength"]], np.float32), floats.ravel())
    assert document["accessors"][1]["min"] == [0.5, -1, 2]


def test_bounds_of_a_sparse_accessor_include_what_is_left_out() -> None:
    buffer = GltfBuffer()
    rows = np.array([1], np.uint32)
    view = buffer.add_rows(rows)
    for count, least in ((1, [2.0, 2.0, 2.0]), (3, [0.0, 0.0, 0.0])):
        number = buffer.add_sparse(np.full((1, 3), 2.0), rows, count, view, bounded=True)
        assert buffer.accessors[number]["min"] == least
