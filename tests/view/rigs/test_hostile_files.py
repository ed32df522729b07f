"""Files that somebody damaged, or wrote to do harm: thousands of seeded changes to small files that are whole.

Whatever is read, either something comes of it or a `VisavisError` of one line; never another error, never much memory
or time. A reader that follows a bad number into foreign memory ends the test run itself.
"""

from __future__ import annotations

import json
import struct
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.view.rigs.test_array_pickle import foreign, write
from tests.view.rigs.test_meshopt import ATTRIBUTES, SEQUENCE, TRIANGLES, packed_verbatim
from tests.view.rigs.test_vrm import BONES, humanoid, one, vrm
from tests.view.small_heads import lively, small_head
from visavis.core.errors import VisavisError
from visavis.view.exports.glb import write_glb
from visavis.view.rigs.array_pickle import read_array_pickle
from visavis.view.rigs.gltf import read_arkit_gltf
from visavis.view.rigs.gltf_motion import read_gltf_motion
from visavis.view.rigs.meshopt import unpack
from visavis.view.rigs.vrm import read_vrm

MOST_BYTES, MOST_SECONDS = 64e6, 1.0
"""Of memory and of processor time, for files of a few kilobytes."""
WHOLE = (0, 1, 2, 3, 127, 128, 255, 256, 65535, 2**31 - 1, 2**31, 2**32 - 1, 2**53, 2**63 - 1, 2**63, 2**64, 10**30)
VALUES: tuple[Any, ...] = (
    *(sign * number for number in WHOLE for sign in (1, -1)),
    *(0.5, -0.5, 1.0, 1e-300, 1e38, 1e39, -1e308, float("nan"), float("inf")),
    *(
        "",
        "x",
        "TRIANGLES",
        "MAT4",
        "weights",
        None,
        True,
        [],
        {},
        [0],
        [-1],
        [2**63] * 4,
        [[[]]],
        {"a": {}},
        "y" * 5000,
    ),
)
Draw = np.random.Generator


def survive(read: Callable[[], object], told: str) -> bool:
    """Whether something came of it."""
    tracemalloc.start()
    began = time.process_time()
    try:
        read()
        came = True
    except VisavisError as error:
        came = False
        assert str(error).isprintable(), told  # noqa: PT017
        assert len(str(error)) < 2500, told  # noqa: PT017
    except BaseException as error:
        raise AssertionError(f"{told}: {type(error).__name__}: {error}") from error
    finally:
        seconds, most = time.process_time() - began, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert seconds < MOST_SECONDS, told
    assert most < MOST_BYTES, told
    return came


def damaged(data: bytes, draw: Draw) -> bytes:
    """Bits turned over, fields replaced by extremes, parts cut out, doubled or put elsewhere."""
    held = bytearray(data)
    for _ in range(draw.choice([1, 1, 1, 3])):
        at, kind = int(draw.integers(len(held) or 1)), draw.choice(6, p=[0.3, 0.2, 0.2, 0.1, 0.1, 0.1])
        if kind == 0:
            held[at : at + 1] = bytes([(held[at] if held else 0) ^ 1 << int(draw.integers(8))])
        elif kind == 1:
            held[at : at + 1] = draw.bytes(1)
        elif kind == 2:
            form = str(draw.choice(list("BHIQ")))
            held[at : at + struct.calcsize(form)] = struct.pack(
                "<" + form, WHOLE[draw.integers(len(WHOLE))] % 2 ** (8 * struct.calcsize(form))
            )
        elif kind == 3:
            del held[at:]
        else:
            part = held[at : at + int(draw.integers(1, 40))]
            if kind == 4:
                del held[at : at + len(part)]
            to = int(draw.integers(len(held) or 1))
            held[to:to] = part
    return bytes(held)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in a document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, held in inside:
        yield (*path, key)
        yield from places(held, (*path, key))


def changed(document: dict[str, Any], ways: list[tuple[Any, ...]], draw: Draw) -> dict[str, Any]:
    """A document in which something is something else, gone, or there many times."""
    made: dict[str, Any] = json.loads(json.dumps(document))
    *way, last = ways[draw.integers(len(ways))]
    holder: Any = made
    for key in way:
        holder = holder[key]
    kind = draw.integers(8)
    if kind == 0:
        del holder[last]
    elif kind == 1 and isinstance(holder, list):
        holder *= int(draw.integers(2, 50))
    else:
        holder[last] = VALUES[draw.integers(len(VALUES))]
    return made


def parts(path: Path) -> tuple[dict[str, Any], bytes]:
    data = path.read_bytes()
    size = int.from_bytes(data[12:16], "little")
    return json.loads(data[20 : 20 + size]), data[28 + size :]


def joined(document: dict[str, Any], binary: bytes) -> bytes:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    header = struct.pack("<IIIII", 0x46546C67, 2, 28 + len(text) + len(binary), len(text), 0x4E4F534A)
    return header + text + struct.pack("<II", len(binary), 0x004E4942) + binary


def packed_face(path: Path) -> Path:
    """A face whose points are packed by meshopt, as are its triangles and shapes."""
    draw = np.random.default_rng(1)
    streams = [
        (packed_verbatim(draw.normal(size=(16, 3)).astype(np.float32)), 16, 12, "ATTRIBUTES", "NONE"),
        (packed_verbatim(np.full((16, 3), (-3 & 0xFF) << 24 | 12, np.uint32)), 16, 12, "ATTRIBUTES", "EXPONENTIAL"),
        (packed_verbatim(np.full((16, 4), 63, np.int8)), 16, 4, "ATTRIBUTES", "OCTAHEDRAL"),
        (b"\xd1" + bytes([0, 4, 4] * 4) + bytes(4), 12, 4, "INDICES", "NONE"),
    ]
    views, binary = [], b""
    for data, count, stride, mode, filtered in streams:
        packed = {"buffer": 0, "byteOffset": len(binary), "byteLength": len(data), "count": count, "byteStride": stride}
        packed |= {"mode": mode, "filter": filtered}
        view = {"buffer": 1, "byteLength": count * stride, "byteStride": stride}
        views.append(view | {"extensions": {"EXT_meshopt_compression": packed}})
        binary += data
    accessors = [
        {"bufferView": number, "componentType": kind, "count": count, "type": wide}
        for number, (kind, count, wide) in enumerate(
            [(5126, 16, "VEC3"), (5126, 16, "VEC3"), (5120, 16, "VEC3"), (5125, 12, "SCALAR")]
        )
    ]
    primitive = {"attributes": {"POSITION": 0}, "indices": 3, "targets": [{"POSITION": 1}, {"POSITION": 2}]}
    document = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": len(binary)}, {"byteLength": 1000}],
        "bufferViews": views,
        "accessors": accessors,
        "meshes": [{"primitives": [primitive], "extras": {"targetNames": ["jawOpen", "eyeBlink_L"]}}],
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
    }
    path.write_bytes(joined(document, binary))
    return path


def whole_files(folder: Path) -> list[tuple[Path, list[Callable[[Path], object]]]]:
    write_glb(folder / "face.glb", small_head(), lively(3))
    expressions = {"preset": {"aa": one(_0=0.5)}, "custom": {"eyeBlinkLeft": one(_1=1, _2=0.5)}}
    model = {"VRMC_vrm": {"specVersion": "1.0", "humanoid": humanoid(BONES), "expressions": expressions}}
    return [
        (folder / "face.glb", [read_arkit_gltf, read_gltf_motion]),
        (packed_face(folder / "packed.glb"), [read_arkit_gltf]),
        (vrm(folder / "face.vrm", model), [read_vrm]),
    ]


@pytest.mark.parametrize("kind", ["document", "bytes"])
def test_scenes(tmp_path: Path, kind: str) -> None:
    draw, bad = np.random.default_rng(14), tmp_path / "bad.glb"
    came = tried = 0
    for path, readers in whole_files(tmp_path):
        document, binary = parts(path)
        ways = list(places(document))
        for read in readers:
            read(path)
        for trial in range(200):
            if kind == "document":
                bad.write_bytes(joined(changed(document, ways, draw), binary))
            elif trial % 2:
                bad.write_bytes(joined(document, damaged(binary, draw)))
            else:
                bad.write_bytes(damaged(path.read_bytes(), draw))
            for read in readers:
                came += survive(lambda read=read: read(bad), f"{path.name}, {read.__name__}, {kind} {trial}")  # type: ignore[misc]
                tried += 1
    assert 0.1 * tried < came < 0.9 * tried


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_pickles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: int) -> None:
    shapes = foreign("chumpy.ch", "Ch", monkeypatch)()
    shapes.__dict__ = {"x": np.ones((2, 3)), "_dirty_vars": {"x"}}
    matrix = foreign("scipy.sparse.csc", "csc_matrix", monkeypatch)()
    matrix.__dict__ = {"_shape": (2, 3), "data": np.ones(3), "indices": np.array([1, 0, 1])}
    matrix.__dict__["indptr"] = np.array([0, 1, 1, 3])
    held = {"v": np.arange(6.0).reshape(2, 3), "f": np.array([[0, 1, 2]], np.uint32), "style": "lbs", "n": 3}
    whole = write(tmp_path / "a.pkl", held | {"shapes": shapes, "matrix": matrix, "o": np.array([None, "x"])}, protocol)
    data, draw = whole.read_bytes(), np.random.default_rng(protocol)
    assert set(read_array_pickle(whole)) == {"v", "f", "shapes", "matrix"}
    came = 0
    for trial in range(400):
        whole.write_bytes(damaged(data, draw))
        came += survive(lambda: read_array_pickle(whole), f"protocol {protocol}, {trial}")
    assert 10 < came < 350


@pytest.mark.parametrize(
    ("data", "count", "stride", "mode"),
    [(ATTRIBUTES, 40, 8, "ATTRIBUTES"), (TRIANGLES, 87, 4, "TRIANGLES"), (SEQUENCE, 12, 4, "INDICES")],
)
def test_packed_streams(data: bytes, count: int, stride: int, mode: str) -> None:
    draw = np.random.default_rng(count)
    filters = ("NONE", "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL")
    numbers = [sign * number for number in WHOLE for sign in (1, -1)]
    came = 0
    for trial in range(700):
        given, asked, wide = damaged(data, draw), count, stride
        if trial % 4 == 1:
            asked = numbers[draw.integers(len(numbers))]
        elif trial % 4 == 2:
            wide = numbers[draw.integers(len(numbers))]
        filtered = filters[draw.integers(4)] if trial % 2 and mode == "ATTRIBUTES" else "NONE"
        told = f"{mode}, {trial}: {asked} x {wide}, {filtered}"
        came += survive(
            lambda given=given, asked=asked, wide=wide, f=filtered: unpack(given, asked, wide, mode, f), told
        )  # type: ignore[misc]
    assert 20 < came < 650
