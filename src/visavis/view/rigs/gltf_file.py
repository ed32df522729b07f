"""glTF 2.0 files (.glb and .gltf) as arrays: nodes, and accessors, sparse, quantised or packed by meshopt."""

from __future__ import annotations

import base64
import binascii
import json
import math
import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from visavis.core.errors import VisavisError
from visavis.data.broken import BrokenFile, listed, require_file, shown
from visavis.view.exports.gltf_buffer import BINARY_CHUNK, JSON_CHUNK, MAGIC
from visavis.view.rigs.gltf_nodes import NodeTree, node_tree, placements
from visavis.view.rigs.gltf_numbers import component, elements, part, position, whole, width
from visavis.view.rigs.meshopt import MOST_A_BYTE, unpack

_MESHOPT = "EXT_meshopt_compression"
_READABLE = (_MESHOPT, "KHR_mesh_quantization", "KHR_materials_", "KHR_texture_", "EXT_texture_", "KHR_lights_", "VRM")
"""How the names of extensions begin that are read, or that change nothing in shape and motion."""
FREE = 250_000
"""Of what takes no bytes, a file may hold as many."""
_DAMAGE = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, struct.error, RecursionError)


@dataclass(frozen=True, eq=False)
class GltfFile:
    """A file's document and its buffers."""

    path: Path
    document: dict[str, Any]
    buffers: tuple[bytes | None, ...]

    def array(self, accessor: int) -> np.ndarray:
        """An accessor's numbers (count, width): normalised integers as floats, others in their own kind."""
        entry = self.entry("accessors", accessor)
        kind, wide, count = component(entry["componentType"]), width(entry["type"]), self.count(accessor)
        values = self._elements(entry, count, kind, wide) if "bufferView" in entry else np.zeros((count, wide), kind)
        if "sparse" in entry:
            values = self._replaced(values, entry["sparse"], kind, wide)
        if entry.get("normalized") and kind.kind in "iu":
            greatest = 2 ** (8 * kind.itemsize - (kind.kind == "i")) - 1
            return np.asarray(np.maximum(values.astype(np.float64) / greatest, -1), np.float32)
        return values

    def count(self, accessor: int) -> int:
        """How many elements an accessor has, without reading them; where there are no bytes, no more than possible."""
        entry = self.entry("accessors", accessor)
        count = whole(entry["count"], "the count of an accessor")
        if "bufferView" not in entry:
            self.require_at_most(count, "elements without bytes")
        return count

    def require_at_most(self, number: int, what: str, free: int = FREE, a_byte: int = 1) -> None:
        """Raises `VisavisError` where a file of this size cannot hold `number` of something: `a_byte` for each byte.

        Some take no bytes (sparse shapes, nodes that show the same mesh): a small file may hold `free` of them.
        """
        most = max(free, a_byte * self._size)
        if number > most:
            raise VisavisError(f"it has {shown(f'{number:,}', 30)} {what}, {most:,} are possible; export it with fewer")

    def list_of(self, name: str) -> Sequence[dict[str, Any]]:
        """A list of the document, empty where it is not there."""
        held = self.document.get(name, ())
        if not isinstance(held, (list, tuple)):
            raise TypeError(f"its {name} are no list")
        return held

    def entry(self, name: str, number: Any) -> dict[str, Any]:
        """One thing of a list of the document."""
        held = self.list_of(name)
        return held[position(number, len(held), name)]

    @cached_property
    def tree(self) -> NodeTree:
        """How the nodes hang together. Raises `VisavisError` where they hang in a circle."""
        return node_tree(self.list_of("nodes"))

    def ancestors(self, node: int) -> list[int]:
        """A node, the node above it, and so on."""
        return self.tree.ancestors(node)

    @cached_property
    def placements(self) -> np.ndarray:
        """Where every node stands at rest: matrices (nodes, 4, 4) into the scene."""
        return placements(self.list_of("nodes"), self.tree)

    @cached_property
    def _size(self) -> int:
        different = {id(buffer): len(buffer) for buffer in self.buffers if buffer is not None}
        return sum(different.values())

    def _replaced(self, values: np.ndarray, sparse: dict[str, Any], kind: np.dtype[Any], wide: int) -> np.ndarray:
        count = whole(sparse["count"], "the count of a sparse accessor")
        places = self._elements(sparse["indices"], count, component(sparse["indices"]["componentType"]), 1)[:, 0]
        if count and not 0 <= places.min() <= places.max() < len(values):
            problem = f"a sparse accessor replaces numbers {places.min()} to {places.max()} of {len(values)}"
            raise VisavisError(f"{problem}; export or copy it again")
        values = values.copy()
        values[places] = self._elements(sparse["values"], count, kind, wide)
        return values

    def _elements(self, entry: dict[str, Any], count: int, kind: np.dtype[Any], wide: int) -> np.ndarray:
        number = position(entry["bufferView"], len(self.list_of("bufferViews")), "bufferViews")
        start = whole(entry.get("byteOffset", 0), "the byteOffset of an accessor")
        stride = whole(self.list_of("bufferViews")[number].get("byteStride") or 0, "a byteStride")
        return elements(self._bytes_of(number), start, stride or kind.itemsize * wide, count, kind, wide)

    def _bytes_of(self, number: int) -> memoryview:
        view = self.list_of("bufferViews")[number]
        packed = view.get("extensions", {}).get(_MESHOPT)
        if packed is None:
            return self._stretch(view)
        if number not in self._unpacked:
            self._unpacked[number] = self._unpack(packed)
        return self._unpacked[number]

    def _stretch(self, source: dict[str, Any]) -> memoryview:
        buffer = self.buffers[position(source["buffer"], len(self.buffers), "buffers")]
        if buffer is None:
            raise VisavisError("a buffer is not there; export or copy it again")
        start = whole(source.get("byteOffset", 0), "the byteOffset of a view")
        return part(memoryview(buffer), start, whole(source["byteLength"], "a byteLength"), "a view")

    def _unpack(self, packed: dict[str, Any]) -> memoryview:
        count, stride = _packed_size(packed)
        mode, filtered = packed["mode"], packed.get("filter", "NONE")
        return memoryview(unpack(bytes(self._stretch(packed)), count, stride, mode, filtered))

    @cached_property
    def _unpacked(self) -> dict[int, memoryview]:
        """The packed views that were unpacked so far. Raises `VisavisError` where all together are too large."""
        packed = [view.get("extensions", {}).get(_MESHOPT) for view in self.list_of("bufferViews")]
        sizes = [math.prod(_packed_size(entry)) for entry in packed if entry is not None]
        self.require_at_most(sum(sizes), "packed bytes", MOST_A_BYTE * FREE, MOST_A_BYTE)
        return {}


def _packed_size(packed: dict[str, Any]) -> tuple[int, int]:
    """Elements of a packed view, and bytes of each."""
    return whole(packed["count"], "a packed count"), whole(packed["byteStride"], "a packed byteStride")


def read_gltf(path: str | os.PathLike[str]) -> GltfFile:
    """A .glb or .gltf file with its buffers.

    Raises `BrokenFile` where it is none, is damaged, or needs an extension that is not read here.
    """
    place = require_file(path)
    with broken_file_for(place):
        data = place.read_bytes()
        is_binary = len(data) >= 4 and struct.unpack_from("<I", data)[0] == MAGIC
        document, binary = _chunks(data) if is_binary else (json.loads(data), None)
        if not isinstance(document, dict) or not str(document["asset"]["version"]).startswith("2"):
            raise BrokenFile(place, "is not glTF 2.0", "export it as glTF 2.0 (.glb)")
        beyond = [name for name in document.get("extensionsRequired", ()) if not name.startswith(_READABLE)]
        if beyond:
            raise BrokenFile(place, f"needs {listed(beyond)}", "export it without (meshopt compression is read)")
        beside: dict[str, bytes] = {}
        stored = document.get("buffers", ())
        buffers = [
            _buffer(place, entry, binary if number == 0 else None, beside) for number, entry in enumerate(stored)
        ]
        return GltfFile(place, document, tuple(buffers))


@contextmanager
def broken_file_for(path: Path) -> Iterator[None]:
    """Whatever damage in a file leads to, as a `BrokenFile`."""
    try:
        with np.errstate(all="ignore"):  # what becomes infinite is refused where it is used
            yield
    except BrokenFile:
        raise
    except VisavisError as error:
        raise BrokenFile.because(path, error) from error
    except _DAMAGE as error:
        detail = shown(f"{type(error).__name__}: {error}", 200)
        raise BrokenFile(path, f"is damaged or not a glTF file ({detail})", "export or copy it again") from error


def _chunks(data: bytes) -> tuple[Any, bytes | None]:
    version, length = struct.unpack_from("<II", data, 4)
    if version != 2 or length > len(data):
        raise ValueError(f"version {version}, {length} bytes announced, {len(data)} there")
    found: dict[int, bytes] = {}
    at = 12
    while at + 8 <= length:
        size, kind = struct.unpack_from("<II", data, at)
        if at + 8 + size > length:
            raise ValueError("a chunk is cut short")
        found.setdefault(kind, data[at + 8 : at + 8 + size])
        at += 8 + size
    return json.loads(found[JSON_CHUNK]), found.get(BINARY_CHUNK)


def _buffer(place: Path, entry: dict[str, Any], binary: bytes | None, beside: dict[str, bytes]) -> bytes | None:
    """A buffer's bytes; `beside` remembers the files beside this one that have been read."""
    uri = entry.get("uri")
    if uri is None:
        return binary
    if uri.startswith("data:"):
        try:
            return base64.b64decode(uri.partition(",")[2], validate=True)
        except binascii.Error as error:
            raise ValueError("an embedded buffer is not base64") from error
    name = Path(unquote(uri))
    if name.is_absolute() or ".." in name.parts or "://" in uri:
        raise BrokenFile(place, f"keeps numbers in {shown(uri)}", "keep them beside the file, or export it as .glb")
    if uri not in beside:
        try:
            beside[uri] = require_file(place.parent / name).read_bytes()
        except OSError as error:
            raise BrokenFile(place, f"keeps numbers in {shown(uri)}, which cannot be read", "copy it again") from error
    return beside[uri]
