"""Files of the page as browsers fetch them: compressed where that saves much, not sent again where they are known."""

from __future__ import annotations

import functools
import gzip
from dataclasses import dataclass
from pathlib import Path

_PACKED = (".html", ".js", ".mjs", ".css", ".json", ".svg", ".wasm", ".data", ".webmanifest", ".txt")
_LEAST = 1024
_LEVEL = 6


@dataclass(frozen=True)
class Served:
    """What to answer of a file. content: its bytes, packed if `encoding` says so; None: the file as it lies there.
    unchanged: the browser has it already."""

    tag: str
    content: bytes | None = None
    encoding: str | None = None
    unchanged: bool = False


def served(path: Path, accepted: str | None, known: str | None) -> Served:
    """The answer to a request for a file that exists. accepted, known: its headers Accept-Encoding and If-None-Match.

    Raises `OSError` where the file cannot be read.
    """
    about = path.stat()
    packs = path.suffix.lower() in _PACKED and about.st_size >= _LEAST and _takes_gzip(accepted)
    tag = f'"{about.st_mtime_ns:x}-{about.st_size:x}{"-gzip" if packs else ""}"'
    if known is not None and tag in [one.strip().removeprefix("W/") for one in known.split(",")]:
        return Served(tag, unchanged=True)
    if not packs:
        return Served(tag)
    return Served(tag, _gzipped(path, about.st_mtime_ns, about.st_size), "gzip")


def kept(path: str) -> str:
    """How long browsers keep a file, by the path of its URL: what has a hash of its content in its name, for good."""
    return "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"


def _takes_gzip(accepted: str | None) -> bool:
    offers = [one.replace(" ", "").lower() for one in (accepted or "").split(",")]
    return "gzip" in [one.partition(";")[0] for one in offers if not one.endswith(";q=0")]


@functools.lru_cache(maxsize=64)
def _gzipped(path: Path, changed: int, size: int) -> bytes:  # noqa: ARG001
    """Packed once for each state of a file."""
    return gzip.compress(path.read_bytes(), _LEVEL, mtime=0)
