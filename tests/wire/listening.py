"""Somebody who listens to datagrams on this machine, and reads OSC by its specification."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Listener:
    socket: socket.socket

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def hear(self, count: int) -> list[bytes]:
        return [self.socket.recv(65536) for _ in range(count)]


@contextmanager
def listener() -> Iterator[Listener]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(5)
        yield Listener(ear)


def read_osc(data: bytes) -> list[tuple[str, list[Any]]]:
    """The messages of a packet: (address, arguments)."""
    if data.startswith(b"#bundle\0"):
        assert struct.unpack_from(">Q", data, 8) == (1,)
        found, at = [], 16
        while at < len(data):
            (size,) = struct.unpack_from(">i", data, at)
            assert size % 4 == 0
            found += read_osc(data[at + 4 : at + 4 + size])
            at += 4 + size
        return found
    address, at = _text(data, 0)
    tags, at = _text(data, at)
    arguments: list[Any] = []
    for tag in tags[1:]:
        if tag == "s":
            text, at = _text(data, at)
            arguments.append(text)
        else:
            arguments += struct.unpack_from(f">{tag}", data, at)
            at += 4
    assert at == len(data)
    return [(address, arguments)]


def _text(data: bytes, at: int) -> tuple[str, int]:
    end = data.index(0, at)
    return data[at:end].decode(), end // 4 * 4 + 4
