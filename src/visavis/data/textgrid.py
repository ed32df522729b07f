"""Praat's TextGrid files, long or short: the interval tiers by name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from visavis.core.clock import LONGEST_S
from visavis.data.broken import BrokenFile, require_file
from visavis.data.labels import Label

_TOKEN = re.compile(r'"((?:[^"]|"")*)"|(?<![\w.\[])(-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)(?![\w.\]:])|(<\w+>)')


def read_textgrid(path: str | os.PathLike[str]) -> dict[str, tuple[Label, ...]]:
    """Every interval tier of a TextGrid (UTF-8 or UTF-16) with its intervals in order; point tiers are passed over.

    Both of Praat's text formats are read: all that counts in them are the quoted texts and the numbers, in order.
    Raises `BrokenFile` where the file is none, or ends or goes astray, with the line.
    """
    reader = _Reader(path)
    if reader.text() != "ooTextFile" or reader.text() != "TextGrid":
        raise reader.broken("does not begin as a TextGrid")
    reader.number()
    reader.number()
    tiers: dict[str, tuple[Label, ...]] = {}
    if reader.flag() != "<exists>":
        return tiers
    for _ in range(reader.count()):
        kind = reader.text()
        if kind not in ("IntervalTier", "TextTier"):
            raise reader.broken(f"{kind!r} is no kind of tier")
        name = reader.text()
        reader.number()
        reader.number()
        if kind == "IntervalTier":
            tiers[name] = tuple(reader.label() for _ in range(reader.count()))
        else:
            for _ in range(reader.count()):
                reader.number()
                reader.text()
    return tiers


class _Reader:
    """The quoted texts, free-standing numbers and <flags> of a TextGrid, one after another."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path, self.line = path, 1
        self._tokens = self._read(_decoded(path))

    def _read(self, whole: str) -> Iterator[re.Match[str]]:
        for number, line in enumerate(_joined(whole), 1):
            for token in _TOKEN.finditer(line):
                self.line = number
                yield token

    def _next(self, group: int, wanted: str) -> str:
        token = next(self._tokens, None)
        if token is None:
            raise BrokenFile(self.path, f"ends after line {self.line}, where {wanted} should follow", "save it again")
        if token[group] is None:
            raise self.broken(f"{token[0]} stands where {wanted} should")
        return token[group]

    def text(self) -> str:
        return self._next(1, "a text").replace('""', '"').strip()

    def number(self) -> float:
        number = float(self._next(2, "a number"))
        if not abs(number) <= LONGEST_S:
            raise self.broken(f"{number:g} is not a number of seconds, nor of intervals")
        return number

    def flag(self) -> str:
        return self._next(3, "<exists>")

    def count(self) -> int:
        return int(self.number())

    def label(self) -> Label:
        start, end = self.number(), self.number()
        if end < start:
            raise self.broken(f"an interval ends at {end} s, before it begins at {start} s")
        return Label(self.text(), start, end)

    def broken(self, why: str) -> BrokenFile:
        return BrokenFile(self.path, f"line {self.line}: {why}", "save it again as a TextGrid")


def _decoded(path: str | os.PathLike[str]) -> str:
    raw = require_file(path).read_bytes()
    try:
        return raw.decode("utf-16") if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenFile(path, "is neither UTF-8 nor UTF-16 text", "save it again as UTF-8") from error


def _joined(text: str) -> list[str]:
    """The lines, with a text that goes on over several lines in the line where it ends."""
    lines: list[str] = []
    open_text = ""
    for line in text.splitlines():
        whole = f"{open_text}\n{line}" if open_text else line
        closed = whole.count('"') % 2 == 0
        lines.append(whole if closed else "")
        open_text = "" if closed else whole
    return lines
