"""The instructions of a pickle one by one, their arguments as plain numbers, texts and bytes. Nothing is built or run.

A pickle is a program for a small stack machine. This is its assembler's listing, after the table of instructions in
Python's `pickletools`; what the instructions mean is said elsewhere.
"""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from visavis.core.errors import VisavisError

Argument = int | float | str | bytes | tuple[str, str] | None
_Reader = Callable[[bytes, int], tuple[Argument, int]]

_HIGHEST_PROTOCOL = 5
_MOST_INSTRUCTIONS = 2_000_000
_LONGEST_NUMBER = 64
"""In bytes or digits: no array needs a longer one."""
_ESCAPE = re.compile(rb"""\\(x[0-9a-fA-F]{2}|[\\'"abfnrtv])?""")


@dataclass(frozen=True)
class Instruction:
    """An instruction by its name in `pickletools`, what is written after it, and the byte at which it stands."""

    name: str
    argument: Argument
    at: int


def instructions(data: bytes) -> Iterator[Instruction]:
    """The instructions of a pickle up to STOP.

    Texts of Python 2 come as bytes. Raises `VisavisError` where the pickle is cut short or damaged, where it holds an
    instruction that no pickled array needs (such as those for objects kept elsewhere), or too many.
    """
    at = 0
    for _ in range(_MOST_INSTRUCTIONS):
        code = data[at : at + 1]
        if code not in _TABLE:
            what = f"instruction {code.hex()}" if code else "no instruction to stop"
            raise VisavisError(f"it has {what} at byte {at}")
        name, read = _TABLE[code]
        try:
            argument, after = read(data, at + 1)
        except (ValueError, IndexError, OverflowError, struct.error):
            raise VisavisError(f"its {name} at byte {at} is cut short or damaged") from None
        yield Instruction(name, argument, at)
        if name == "STOP":
            return
        at = after
    raise VisavisError(f"it holds more than {_MOST_INSTRUCTIONS:,} instructions")


def _nothing(_: bytes, at: int) -> tuple[None, int]:
    return None, at


def _packed(form: str) -> _Reader:
    size = struct.calcsize(form)

    def read(data: bytes, at: int) -> tuple[int | float, int]:
        value: int | float = struct.unpack_from(form, data, at)[0]
        return value, at + size

    return read


def _protocol(data: bytes, at: int) -> tuple[int, int]:
    if data[at] > _HIGHEST_PROTOCOL:
        raise ValueError
    return data[at], at + 1


def _bytes(form: str) -> _Reader:
    """Bytes after their number, which is packed as `form`."""
    size = struct.calcsize(form)

    def read(data: bytes, at: int) -> tuple[bytes, int]:
        count, start = struct.unpack_from(form, data, at)[0], at + size
        if not 0 <= count <= len(data) - start:
            raise ValueError
        return data[start : start + count], start + count

    return read


def _text(form: str) -> _Reader:
    raw = _bytes(form)

    def read(data: bytes, at: int) -> tuple[str, int]:
        found, after = raw(data, at)
        assert isinstance(found, bytes)
        return found.decode("utf-8", "surrogatepass"), after

    return read


def _binary_number(form: str) -> _Reader:
    raw = _bytes(form)

    def read(data: bytes, at: int) -> tuple[int, int]:
        found, after = raw(data, at)
        assert isinstance(found, bytes)
        if len(found) > _LONGEST_NUMBER:
            raise ValueError
        return int.from_bytes(found, "little", signed=True), after

    return read


def _line(data: bytes, at: int) -> tuple[bytes, int]:
    end = data.index(b"\n", at)
    return data[at:end], end + 1


def _written_number(data: bytes, at: int) -> tuple[int, int]:
    found, after = _line(data, at)
    if len(found) > _LONGEST_NUMBER:
        raise ValueError
    return int(found.removesuffix(b"L")), after


def _written_float(data: bytes, at: int) -> tuple[float, int]:
    found, after = _line(data, at)
    if len(found) > _LONGEST_NUMBER:
        raise ValueError
    return float(found), after


def _quoted(data: bytes, at: int) -> tuple[bytes, int]:
    found, after = _line(data, at)
    inner = found[1:-1]
    if len(found) < 2 or found[:1] not in (b"'", b'"') or found[-1:] != found[:1]:
        raise ValueError
    if not all(escape[1] for escape in _ESCAPE.finditer(inner)):
        raise ValueError
    return codecs.escape_decode(inner)[0], after


def _unicode_line(data: bytes, at: int) -> tuple[str, int]:
    found, after = _line(data, at)
    return found.decode("raw-unicode-escape"), after


def _two_lines(data: bytes, at: int) -> tuple[tuple[str, str], int]:
    module, at = _line(data, at)
    name, at = _line(data, at)
    return (module.decode("utf-8"), name.decode("utf-8")), at


_TABLE: dict[bytes, tuple[str, _Reader]] = {
    **{
        code: (name, _nothing)
        for code, name in {
            **{b"(": "MARK", b".": "STOP", b"0": "POP", b"1": "POP_MARK", b"2": "DUP"},
            **{b"N": "NONE", b"\x88": "NEWTRUE", b"\x89": "NEWFALSE"},
            **{b")": "EMPTY_TUPLE", b"t": "TUPLE", b"\x85": "TUPLE1", b"\x86": "TUPLE2", b"\x87": "TUPLE3"},
            **{b"]": "EMPTY_LIST", b"l": "LIST", b"a": "APPEND", b"e": "APPENDS"},
            **{b"}": "EMPTY_DICT", b"d": "DICT", b"s": "SETITEM", b"u": "SETITEMS"},
            **{b"\x8f": "EMPTY_SET", b"\x90": "ADDITEMS", b"\x91": "FROZENSET"},
            **{b"\x93": "STACK_GLOBAL", b"R": "REDUCE", b"b": "BUILD", b"\x81": "NEWOBJ", b"\x94": "MEMOIZE"},
        }.items()
    },
    b"\x80": ("PROTO", _protocol),
    b"\x95": ("FRAME", _packed("<Q")),
    b"I": ("INT", _written_number),
    b"L": ("LONG", _written_number),
    b"J": ("BININT", _packed("<i")),
    b"K": ("BININT1", _packed("<B")),
    b"M": ("BININT2", _packed("<H")),
    b"\x8a": ("LONG1", _binary_number("<B")),
    b"\x8b": ("LONG4", _binary_number("<i")),
    b"F": ("FLOAT", _written_float),
    b"G": ("BINFLOAT", _packed(">d")),
    b"S": ("STRING", _quoted),
    b"T": ("BINSTRING", _bytes("<i")),
    b"U": ("SHORT_BINSTRING", _bytes("<B")),
    b"V": ("UNICODE", _unicode_line),
    b"X": ("BINUNICODE", _text("<I")),
    b"\x8c": ("SHORT_BINUNICODE", _text("<B")),
    b"\x8d": ("BINUNICODE8", _text("<Q")),
    b"B": ("BINBYTES", _bytes("<I")),
    b"C": ("SHORT_BINBYTES", _bytes("<B")),
    b"\x8e": ("BINBYTES8", _bytes("<Q")),
    b"\x96": ("BYTEARRAY8", _bytes("<Q")),
    b"g": ("GET", _written_number),
    b"h": ("BINGET", _packed("<B")),
    b"j": ("LONG_BINGET", _packed("<I")),
    b"p": ("PUT", _written_number),
    b"q": ("BINPUT", _packed("<B")),
    b"r": ("LONG_BINPUT", _packed("<I")),
    b"c": ("GLOBAL", _two_lines),
}
