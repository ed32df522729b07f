"""Arrays and what is said about them as text that a page can hold: header, bytes, gzip, base64.

The bytes begin with the length of the header (4 bytes, little-endian); the header is JSON and says of each array
where it begins behind the header, its kind and shape, and how to get the numbers back.
"""

from __future__ import annotations

import base64
import gzip
import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

_STEPS = 65535


class Pack:
    """Collects arrays; each `add` gives the entry by which the header refers to one."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, values: np.ndarray, kind: str) -> dict[str, Any]:
        """Whole numbers as they are; `kind` is one that holds them: u1, u2, i2 or u4, little-endian."""
        whole = np.asarray(values)
        bounds = np.iinfo(np.dtype(kind))
        assert whole.size == 0 or bounds.min <= whole.min() <= whole.max() <= bounds.max
        entry = {"at": len(self._bytes), "kind": kind, "shape": list(whole.shape)}
        self._bytes += np.ascontiguousarray(whole, np.dtype(kind).newbyteorder("<")).tobytes()
        self._bytes += bytes(-len(self._bytes) % 4)
        return entry

    def add_running(self, values: np.ndarray, kind: str) -> dict[str, Any]:
        """Whole numbers as differences along the last axis, modulo the size of `kind`: small where they ascend."""
        given = np.asarray(values, np.int64)
        steps = np.diff(given, axis=-1, prepend=0) % (int(np.iinfo(np.dtype(kind)).max) + 1)
        return self.add(steps, kind) | {"running": True}

    def add_scaled(self, values: np.ndarray) -> dict[str, Any]:
        """Numbers in 65 535 even steps from the least to the greatest: value = low + scale * step."""
        given = np.asarray(values, np.float64)
        low = float(given.min()) if given.size else 0.0
        scale = (float(given.max()) - low) / _STEPS if given.size else 0.0
        steps = np.round((given - low) / scale) if scale > 0 else np.zeros(given.shape)
        return self.add(steps, "u2") | {"low": low, "scale": scale}

    def add_bytes(self, content: bytes) -> dict[str, Any]:
        """A file as it is."""
        return self.add(np.frombuffer(content, np.uint8), "u1")

    def text(self, header: Mapping[str, Any]) -> str:
        """Everything as base64; the same content always gives the same text."""
        return base64.b64encode(self.packed(header)).decode("ascii")

    def packed(self, header: Mapping[str, Any]) -> bytes:
        """Everything as a file holds it, gzipped."""
        told = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
        told += b" " * (-(4 + len(told)) % 4)
        whole = struct.pack("<I", len(told)) + told + bytes(self._bytes)
        return gzip.compress(whole, 9, mtime=0)
