"""Numbers out of the bytes of a glTF file, every bound checked in exact integers before a byte is read."""

from __future__ import annotations

from typing import Any

import numpy as np

from visavis.core.errors import VisavisError
from visavis.data.broken import shown
from visavis.view.exports.gltf_buffer import COMPONENTS, WIDTHS

_AGAIN = "export or copy it again"


def whole(given: Any, what: str) -> int:
    """A whole number of a document, 0 or greater; JSON may write 3 as 3.0. Raises `VisavisError` for anything else."""
    number = int(given) if isinstance(given, float) and given.is_integer() else given
    if type(number) is not int or number < 0:
        raise VisavisError(f"{what} is {_described(given)}, possible are whole numbers from 0; {_AGAIN}")
    return number


def position(given: Any, count: int, what: str) -> int:
    """A position in a list of `count` things. Raises `VisavisError` where there is none."""
    number = whole(given, f"a position in its {what}")
    if number >= count:
        raise VisavisError(f"it refers to number {_described(number)} of its {count} {what}; {_AGAIN}")
    return number


def component(given: Any) -> np.dtype[Any]:
    """The kind of numbers that a `componentType` means."""
    if not isinstance(given, (int, float)) or given not in COMPONENTS:
        possible = ", ".join(map(str, COMPONENTS))
        raise VisavisError(f"numbers of type {_described(given)} are none of glTF's ({possible}); {_AGAIN}")
    return np.dtype(COMPONENTS[int(given)])


def width(given: Any) -> int:
    """How many numbers an element of a `type` has."""
    if not isinstance(given, str) or given not in WIDTHS:
        raise VisavisError(f"elements of type {_described(given)} are none of glTF's ({', '.join(WIDTHS)}); {_AGAIN}")
    return WIDTHS[given]


def part(data: memoryview, start: int, length: int, what: str) -> memoryview:
    """`length` bytes from `start` on. Raises `VisavisError` where there are not as many."""
    if start + length > len(data):
        raise VisavisError(f"{what} reaches to byte {_described(start + length)} of {len(data):,}; {_AGAIN}")
    return data[start : start + length]


def elements(data: memoryview, start: int, stride: int, count: int, kind: np.dtype[Any], wide: int) -> np.ndarray:
    """`count` elements of `wide` numbers each, `stride` bytes apart: (count, wide), read-only.

    All numbers are 0 or greater, and whole. Raises `VisavisError` where an element lies outside the bytes.
    """
    size = kind.itemsize * wide
    if count == 0:
        return np.zeros((0, wide), kind)
    if stride < 1:
        raise VisavisError(f"elements of {size} bytes lie {_described(stride)} bytes apart, 1 is the least; {_AGAIN}")
    part(data, start, (count - 1) * stride + size, f"a list of {_described(count)} elements")
    rows = np.ndarray((count, size), np.uint8, data, start, (stride, 1))
    return np.ascontiguousarray(rows).view(kind.newbyteorder("<")).reshape(count, wide)


def _described(given: Any) -> str:
    if isinstance(given, (int, float)):
        return shown(f"{given:,}" if type(given) is int else str(given), 30)
    return f"a text ({shown(given, 20)})" if isinstance(given, str) else f"a {type(given).__name__}"
