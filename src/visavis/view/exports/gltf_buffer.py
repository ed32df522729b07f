"""A binary glTF file in the making: numbers go into one buffer, and everything else refers to them by index."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

MAGIC, VERSION, JSON_CHUNK, BINARY_CHUNK = 0x46546C67, 2, 0x4E4F534A, 0x004E4942
COMPONENTS = {5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
"""glTF's numbers for the kinds of numbers."""
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
VERTICES, INDICES = 34962, 34963
"""What a graphics card is told that a stretch of the buffer is for."""
_CODES = {np.dtype(kind): code for code, kind in COMPONENTS.items()}


class GltfBuffer:
    """Collects accessors; `pack` makes the file's bytes."""

    def __init__(self) -> None:
        self.accessors: list[dict[str, Any]] = []
        self._views: list[dict[str, Any]] = []
        self._bytes = bytearray()

    def add(self, values: np.ndarray, kind: str, target: int | None = None, bounded: bool = False) -> int:
        """The index of a new accessor that holds `values` (N, width of `kind`); `bounded` notes least and greatest."""
        values = np.ascontiguousarray(values).reshape(len(values), WIDTHS[kind])
        code = _CODES[values.dtype]
        entry = {"bufferView": self._view(values, target), "componentType": code, "count": len(values), "type": kind}
        return self._note(entry | (_bounds(values) if bounded else {}))

    def add_sparse(self, values: np.ndarray, rows: np.ndarray, count: int, view: int, bounded: bool) -> int:
        """The index of a new accessor (`count`, 3) that is 0 except for `values` in `rows`, kept in view `view`."""
        values = np.ascontiguousarray(values, np.float32)
        sparse = {
            "count": len(rows),
            "indices": {"bufferView": view, "componentType": _CODES[rows.dtype]},
            "values": {"bufferView": self._view(values, None)},
        }
        entry = {"componentType": 5126, "count": count, "type": "VEC3", "sparse": sparse}
        inside = np.concatenate([values, np.zeros((1, 3), np.float32)]) if len(rows) < count else values
        return self._note(entry | (_bounds(inside) if bounded else {}))

    def add_rows(self, rows: np.ndarray) -> int:
        """The index of a buffer view of ascending row numbers, which sparse accessors may share."""
        return self._view(np.ascontiguousarray(rows), None)

    def pack(self, document: dict[str, Any]) -> bytes:
        """The bytes of a .glb file with this buffer and the rest of the document."""
        whole = document | {
            "accessors": self.accessors,
            "bufferViews": self._views,
            "buffers": [{"byteLength": len(self._bytes)}],
        }
        text = json.dumps(whole, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        header = struct.pack("<III", MAGIC, VERSION, 12 + 8 + len(text) + 8 + len(self._bytes))
        first, second = struct.pack("<II", len(text), JSON_CHUNK), struct.pack("<II", len(self._bytes), BINARY_CHUNK)
        return b"".join([header, first, text, second, bytes(self._bytes)])

    def _view(self, values: np.ndarray, target: int | None) -> int:
        view = {"buffer": 0, "byteOffset": len(self._bytes), "byteLength": values.nbytes}
        self._bytes += values.tobytes()
        self._bytes += bytes(-len(self._bytes) % 4)
        self._views.append(view if target is None else view | {"target": target})
        return len(self._views) - 1

    def _note(self, accessor: dict[str, Any]) -> int:
        self.accessors.append(accessor)
        return len(self.accessors) - 1


def _bounds(values: np.ndarray) -> dict[str, Any]:
    return {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
