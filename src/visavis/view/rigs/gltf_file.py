"""glTF 2.0 files (.glb and .gltf) as arrays: nodes, and accessors, sparse, quantised or packed by meshopt."""

from __future__ import annotations

import base64
import binascii
import json
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from visavis.core.errors import VisavisError
from visavis.data.broken import BrokenFile, require_file
from visavis.view.exports.gltf_buffer import BINARY_CHUNK, COMPONENTS, JSON_CHUNK, MAGIC, WIDTHS
from visavis.view.rigs.meshopt import unpack
from visavis.view.rigs.rig import matrices

_MESHOPT = "EXT_meshopt_compression"
_READABLE = (_MESHOPT, "KHR_mesh_quantization", "KHR_materials_", "KHR_texture_", "EXT_texture_", "KHR_lights_", "VRM")
"""How the names of extensions begin that are read, or that change nothing in shape and motion."""
_DAMAGE = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, struct.error, RecursionError)


@dataclass(frozen=True, eq=False)
class GltfFile:
    """A file's document and its buffers."""

    path: Path
    document: dict[str, Any]
    buffers: tuple[bytes | None, ...]

    def array(self, accessor: int) -> np.ndarray:
        """An accessor's numbers (count, width): normalised integers as floats, others in their own kind."""
        entry = self.document["accessors"][_index(accessor)]
        kind, width = np.dtype(COMPONENTS[entry["componentType"]]), WIDTHS[entry["type"]]
        values = self._numbers(entry, int(entry["count"]), kind, width)
        if "sparse" in entry:
            sparse, values = entry["sparse"], values.copy()
            index_kind = np.dtype(COMPONENTS[sparse["indices"]["componentType"]])
            rows = self._numbers(sparse["indices"], sparse["count"], index_kind, 1)[:, 0]
            values[rows] = self._numbers(sparse["values"], sparse["count"], kind, width)
        if entry.get("normalized") and kind.kind in "iu":
            greatest = 2 ** (8 * kind.itemsize - (kind.kind == "i")) - 1
            return np.asarray(np.maximum(values.astype(np.float64) / greatest, -1), np.float32)
        return values

    def list_of(self, name: str) -> list[dict[str, Any]]:
        """A list of the document, empty where it is not there."""
        return list(self.document.get(name, ()))

    @cached_property
    def parents(self) -> dict[int, int]:
        """The node above each node that has one."""
        nodes = self.list_of("nodes")
        return {_index(child): parent for parent, node in enumerate(nodes) for child in node.get("children", ())}

    def ancestors(self, node: int) -> list[int]:
        """A node, the node above it, and so on. Raises `ValueError` where nodes hang in a circle."""
        line = [node]
        while line[-1] in self.parents:
            line.append(self.parents[line[-1]])
            if len(line) > len(self.list_of("nodes")):
                raise ValueError("nodes hang in a circle")
        return line

    @cached_property
    def placements(self) -> np.ndarray:
        """Where every node stands at rest: matrices (nodes, 4, 4) into the scene."""
        own = np.stack([_local(node) for node in self.list_of("nodes")] or [np.eye(4)])
        whole = np.empty_like(own)
        for node in range(len(own)):
            placed = np.eye(4)
            for step in self.ancestors(node):
                placed = own[step] @ placed
            whole[node] = placed
        return whole

    def _numbers(self, entry: dict[str, Any], count: int, kind: np.dtype[Any], width: int) -> np.ndarray:
        if "bufferView" not in entry:
            return np.zeros((count, width), kind)
        view = self.document["bufferViews"][_index(entry["bufferView"])]
        data, start = self._views[_index(entry["bufferView"])], int(entry.get("byteOffset", 0))
        size = kind.itemsize * width
        stride = int(view.get("byteStride") or size)
        if start < 0 or count < 0 or (count and start + (count - 1) * stride + size > len(data)):
            raise ValueError("numbers reach past the end of their buffer")
        bytes_of = np.lib.stride_tricks.as_strided(
            np.frombuffer(data, np.uint8)[start:], (count, size), (stride, 1), writeable=False
        )
        return np.ascontiguousarray(bytes_of).view(kind.newbyteorder("<")).reshape(count, width)

    @cached_property
    def _views(self) -> dict[int, bytes]:
        return {number: self._stretch(view) for number, view in enumerate(self.list_of("bufferViews"))}

    def _stretch(self, view: dict[str, Any]) -> bytes:
        packed = view.get("extensions", {}).get(_MESHOPT)
        source = view if packed is None else packed
        buffer = self.buffers[_index(source["buffer"])]
        if buffer is None:
            raise ValueError("a buffer is not there")
        start, length = int(source.get("byteOffset", 0)), int(source["byteLength"])
        if start < 0 or length < 0 or start + length > len(buffer):
            raise ValueError("a view reaches past the end of its buffer")
        data = buffer[start : start + length]
        if packed is None:
            return data
        return unpack(data, packed["count"], packed["byteStride"], packed["mode"], packed.get("filter", "NONE"))


def read_gltf(path: str | os.PathLike[str]) -> GltfFile:
    """A .glb or .gltf file with its buffers.

    Raises `BrokenFile` where it is none, is damaged, or needs an extension that is not read here.
    """
    place = require_file(path)
    with damage_told(place):
        data = place.read_bytes()
        is_binary = len(data) >= 4 and struct.unpack_from("<I", data)[0] == MAGIC
        document, binary = _chunks(data) if is_binary else (json.loads(data), None)
        if not isinstance(document, dict) or not str(document["asset"]["version"]).startswith("2"):
            raise BrokenFile(place, "is not glTF 2.0", "export it as glTF 2.0 (.glb)")
        beyond = [name for name in document.get("extensionsRequired", ()) if not name.startswith(_READABLE)]
        if beyond:
            raise BrokenFile(place, f"needs {', '.join(beyond)}", "export it without (meshopt compression is read)")
        stored = document.get("buffers", ())
        buffers = [_buffer(place, entry, binary if number == 0 else None) for number, entry in enumerate(stored)]
        return GltfFile(place, document, tuple(buffers))


@contextmanager
def damage_told(path: Path) -> Iterator[None]:
    """Whatever damage in a file leads to, as a `BrokenFile`."""
    try:
        yield
    except BrokenFile:
        raise
    except VisavisError as error:
        raise BrokenFile.because(path, error) from error
    except _DAMAGE as error:
        detail = f"{type(error).__name__}: {error}"
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


def _buffer(place: Path, entry: dict[str, Any], binary: bytes | None) -> bytes | None:
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
        raise BrokenFile(place, f"keeps numbers in {uri!r}", "keep them beside the file, or export it as .glb")
    return require_file(place.parent / name).read_bytes()


def _local(node: dict[str, Any]) -> np.ndarray:
    if "matrix" in node:
        return np.asarray(node["matrix"], np.float64).reshape(4, 4).T
    placed = np.eye(4)
    x, y, z, w = node.get("rotation", (0, 0, 0, 1))
    placed[:3, :3] = matrices(np.array([w, x, y, z])) * np.asarray(node.get("scale", (1, 1, 1)), np.float64)
    placed[:3, 3] = node.get("translation", (0, 0, 0))
    return placed


def _index(number: Any) -> int:
    """A position in a list; negative ones, which Python would take, are damage."""
    if not isinstance(number, int) or number < 0:
        raise IndexError(f"{number!r} is no position in a list")
    return number
