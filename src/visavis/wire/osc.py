"""Open Sound Control 1.0: messages of texts and numbers, and bundles of messages."""

from __future__ import annotations

import struct
from collections.abc import Sequence

_IMMEDIATELY = struct.pack(">Q", 1)


def message(address: str, *arguments: str | int | float) -> bytes:
    """One message; texts, 32-bit integers and 32-bit floats."""
    tags, data = ",", b""
    for argument in arguments:
        if isinstance(argument, str):
            tags, data = tags + "s", data + _text(argument)
        elif isinstance(argument, int):
            tags, data = tags + "i", data + struct.pack(">i", argument)
        else:
            tags, data = tags + "f", data + struct.pack(">f", argument)
    return _text(address) + _text(tags) + data


def bundles(messages: Sequence[bytes], most: int) -> list[bytes]:
    """The messages in order in as few bundles as fit into `most` bytes each, to be acted on at once."""
    found: list[bytes] = []
    for one in messages:
        entry = struct.pack(">i", len(one)) + one
        if not found or len(found[-1]) + len(entry) > most:
            found.append(_text("#bundle") + _IMMEDIATELY)
        found[-1] += entry
    return found


def _text(text: str) -> bytes:
    """A text ends in 1 to 4 zero bytes, so that its length is a multiple of 4."""
    data = text.encode()
    return data + bytes(4 - len(data) % 4)
