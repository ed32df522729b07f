"""Buffers packed by EXT_meshopt_compression -> plain bytes.

Written from the extension's own specification (Khronos, EXT_meshopt_compression, appendices A and B).
"""

from __future__ import annotations

import numpy as np

from visavis.core.errors import VisavisError
from visavis.data.broken import shown

_ATTRIBUTES, _TRIANGLES, _INDICES = 0xA0, 0xE1, 0xD1
_GROUP = 16
_TAIL_BYTES = 32
_PACKED = {
    1: np.stack([np.arange(256) >> shift & 3 for shift in (6, 4, 2, 0)], axis=1).astype(np.uint8),
    2: np.stack([np.arange(256) >> shift & 15 for shift in (4, 0)], axis=1).astype(np.uint8),
}
"""The small numbers that a byte holds, in groups of two and of four bits each."""
_SENTINEL = {1: 3, 2: 15}
_LONGEST_VARINT = 5
MOST_A_BYTE = 64
"""Bytes that a packed byte can stand for: one of a header tells of four groups of 16 bytes that are all alike."""


def unpack(packed: bytes, count: int, stride: int, mode: str, filtered: str = "NONE") -> bytes:
    """The `count` elements of `stride` bytes of a packed buffer view.

    Raises `VisavisError` where count, stride, mode or filter are none of the extension's, and where the stream is
    damaged, too short for them or of a later version.
    """
    _require_possible(stride, mode, filtered)
    try:
        if not 0 <= _least(count, stride, mode) < len(packed):
            raise ValueError("too short")
        with np.errstate(all="ignore"):
            if mode == "ATTRIBUTES":
                return _FILTERS[filtered](_attributes(packed, count, stride), stride).tobytes()
            decoded = _triangles(packed, count) if mode == "TRIANGLES" else _indices(packed, count)
            return decoded.astype({2: np.uint16, 4: np.uint32}[stride]).tobytes()
    except VisavisError:
        raise
    except (IndexError, KeyError, ValueError) as error:
        told = f"{mode}, {shown(str(count), 30)} x {stride} bytes"
        raise VisavisError(f"a meshopt buffer ({told}) is damaged; export it again") from error


def _require_possible(stride: int, mode: str, filtered: str) -> None:
    if mode not in _MODES:
        raise VisavisError(f"a meshopt buffer is damaged: its mode is none of {', '.join(_MODES)}; export it again")
    if filtered not in _FILTERS:
        raise VisavisError(f"a meshopt buffer is damaged: its filter is none of {', '.join(_FILTERS)}; export it again")
    if stride not in _MODES[mode] or (filtered in _FILTERED and stride not in _FILTERED[filtered]):
        possible = _FILTERED.get(filtered, _MODES[mode])
        listed = "4, 8, ... 256" if len(possible) > 2 else ", ".join(map(str, possible))
        told = f"{mode}, {filtered}, elements of {shown(str(stride), 30)} bytes, possible are {listed}"
        raise VisavisError(f"a meshopt buffer is damaged ({told}); export it again")


def _least(count: int, stride: int, mode: str) -> int:
    """The fewest bytes, after the first, that so many elements take."""
    if mode == "ATTRIBUTES":
        return -(-count * stride // MOST_A_BYTE)
    if mode == "INDICES":
        return count
    if count % 3:
        raise ValueError("triangles have three corners")
    return count // 3


def _attributes(packed: bytes, count: int, stride: int) -> np.ndarray:
    """Elements (count, stride) uint8: per byte the running sum of differences."""
    _require_header(packed, _ATTRIBUTES)
    most = min(8192 // stride & ~(_GROUP - 1), 256)
    deltas = np.empty((stride, count), np.uint8)
    at = 1
    for start in range(0, count, most):
        elements = min(most, count - start)
        for byte in range(stride):
            block, at = _data_block(packed, at, -(-elements // _GROUP))
            deltas[byte, start : start + elements] = block[:elements]
    if len(packed) - at < max(stride, _TAIL_BYTES):
        raise ValueError("too short")
    signed = np.where(deltas & 1, ~(deltas >> 1), deltas >> 1)
    baseline = np.frombuffer(packed[len(packed) - stride :], np.uint8)
    return np.ascontiguousarray((np.cumsum(signed, axis=1, dtype=np.uint8) + baseline[:, None]).T)


def _data_block(packed: bytes, at: int, groups: int) -> tuple[np.ndarray, int]:
    header, at = packed[at : at + (groups + 3) // 4], at + (groups + 3) // 4
    values = np.zeros((groups, _GROUP), np.uint8)
    for group in range(groups):
        width = header[group // 4] >> 2 * (group % 4) & 3
        if width == 3:
            values[group] = np.frombuffer(packed, np.uint8, _GROUP, at)
            at += _GROUP
        elif width:
            size = 4 * width
            small = _PACKED[width][np.frombuffer(packed, np.uint8, size, at)].ravel()
            large = np.flatnonzero(small == _SENTINEL[width])
            at += size
            if len(large):
                small[large] = np.frombuffer(packed, np.uint8, len(large), at)
                at += len(large)
            values[group] = small
    return values.ravel(), at


def _octahedra(raw: np.ndarray, stride: int) -> np.ndarray:
    given = raw.view({4: np.int8, 8: np.int16}[stride])
    one = given[:, 2:3].astype(np.float64)
    if not np.all(one > 0):
        raise ValueError("a direction has no length")
    x, y = (given[:, :2] / one).T
    z = 1 - np.abs(x) - np.abs(y)
    over = np.minimum(z, 0)
    ahead = np.stack([x - np.copysign(over, x), y - np.copysign(over, y), z], axis=1)
    ahead *= {4: 127, 8: 32767}[stride] / np.linalg.norm(ahead, axis=1, keepdims=True)
    return np.concatenate([_rounded(ahead).astype(given.dtype), given[:, 3:]], axis=1)


def _quaternions(raw: np.ndarray, stride: int) -> np.ndarray:
    given = raw.view({8: np.int16}[stride])
    small = given[:, :3] / (given[:, 3:] | 3).astype(np.float64) / np.sqrt(2)
    rest = np.sqrt(np.maximum(1 - np.sum(small**2, axis=1), 0))
    turned = np.empty((len(given), 4))
    columns = ((given[:, 3:] & 3) + np.array([1, 2, 3, 0])) % 4
    np.put_along_axis(turned, columns.astype(np.int64), np.concatenate([small, rest[:, None]], axis=1), axis=1)
    return _rounded(turned * 32767).astype(np.int16)


def _exponents(raw: np.ndarray, stride: int) -> np.ndarray:
    given = raw.reshape(-1, stride).view(np.int32)
    return np.asarray(np.ldexp((given << 8 >> 8).astype(np.float64), given >> 24), np.float32)


def _as_stored(raw: np.ndarray, stride: int) -> np.ndarray:
    return raw.reshape(-1, stride)


_FILTERS = {
    "NONE": _as_stored,
    "OCTAHEDRAL": _octahedra,
    "QUATERNION": _quaternions,
    "EXPONENTIAL": _exponents,
}
_MODES = {"ATTRIBUTES": range(4, 257, 4), "TRIANGLES": (2, 4), "INDICES": (2, 4)}
_FILTERED = {"OCTAHEDRAL": (4, 8), "QUATERNION": (8,)}
"""How many bytes elements may have, in each mode and in filters that do not work with any."""


def _rounded(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.trunc(values + np.copysign(0.5, values)))


def _require_header(packed: bytes, expected: int) -> None:
    if packed[0] != expected:
        raise VisavisError(
            f"a meshopt buffer begins with {packed[0]:#x}, not {expected:#x}; export it for EXT_meshopt_compression"
        )


class _Varints:
    """Unsigned LEB128 numbers, and bytes, one after another."""

    def __init__(self, packed: bytes, at: int, last: int = 0) -> None:
        self.packed, self.at, self.last = packed, at, last

    def byte(self) -> int:
        self.at += 1
        return self.packed[self.at - 1]

    def number(self) -> int:
        value = 0
        for place in range(_LONGEST_VARINT):
            byte = self.byte()
            value |= (byte & 0x7F) << 7 * place
            if byte < 0x80:
                return value
        raise ValueError("a number is too long")

    def index(self) -> int:
        """A number told as its difference from the last one."""
        self.last = (self.last + _unzigzag(self.number())) & 0xFFFFFFFF
        return self.last


def _unzigzag(value: int) -> int:
    return ~(value >> 1) if value & 1 else value >> 1


def _indices(packed: bytes, count: int) -> np.ndarray:
    _require_header(packed, _INDICES)
    numbers, last = _Varints(packed, 1), [0, 0]
    found = np.empty(count, np.int64)
    for i in range(count):
        value = numbers.number()
        last[value & 1] += _unzigzag(value >> 1)
        found[i] = last[value & 1]
    return found


def _triangles(packed: bytes, count: int) -> np.ndarray:
    """Indices (count,) of triangles, each told by edges and vertices that were met shortly before."""
    _require_header(packed, _TRIANGLES)
    faces = _Faces(_Varints(packed, 1 + count // 3), packed[-_GROUP:])
    for code in packed[1 : 1 + count // 3]:
        faces.beside_an_edge(code) if code < 0xF0 else faces.apart(code)
    return np.array(faces.found, np.int64)


class _Faces:
    """Triangles found so far, with the edges and vertices last met (newest last)."""

    def __init__(self, data: _Varints, table: bytes) -> None:
        self.data, self.table = data, table
        self.next = 0
        self.found: list[int] = []
        self._edges = [(0, 0)] * _GROUP
        self._vertices = [0] * _GROUP

    def beside_an_edge(self, code: int) -> None:
        """A triangle on an edge met before."""
        a, b = self._edges[-1 - (code >> 4)]
        third = code & 15
        if third in (0xD, 0xE):
            self.data.last = c = (self.data.last + (-1 if third == 0xD else 1)) & 0xFFFFFFFF
        elif third == 0xF:
            c = self.data.index()
        elif third:
            c = self._vertices[-1 - third]
        else:
            c = self._fresh()
        self.found += (a, b, c)
        self._meet((c, b), (a, c), vertices=() if 0 < third < 0xD else (c,))

    def apart(self, code: int) -> None:
        """A triangle told by its three vertices."""
        told = code >= 0xFE
        pair = self.data.byte() if told else self.table[code & 15]
        if told and pair == 0:
            self.next = 0
        a = self.data.index() if code == 0xFF else self._fresh()
        (b, b_met), (c, c_met) = self._vertex(pair >> 4, told), self._vertex(pair & 15, told)
        self.found += (a, b, c)
        self._meet((b, a), (c, b), (a, c), vertices=(a, *(b,) * b_met, *(c,) * c_met))

    def _vertex(self, code: int, told: bool) -> tuple[int, bool]:
        """A vertex, and whether it counts as met."""
        if code == 0:
            return self._fresh(), True
        if told and code == 0xF:
            return self.data.index(), True
        return self._vertices[-code], False

    def _fresh(self) -> int:
        self.next += 1
        return self.next - 1

    def _meet(self, *edges: tuple[int, int], vertices: tuple[int, ...]) -> None:
        self._edges = [*self._edges, *edges][-_GROUP:]
        self._vertices = [*self._vertices, *vertices][-_GROUP:]
