"""Reads a page as a browser does: the data that it holds, and its parts."""

from __future__ import annotations

import base64
import gzip
import json
import struct
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Packed:
    """What `Pack.text` holds."""

    header: Any
    content: bytes

    def array(self, entry: dict[str, Any]) -> np.ndarray:
        kind, shape = np.dtype(entry["kind"]).newbyteorder("<"), entry["shape"]
        stored = np.frombuffer(self.content, kind, int(np.prod(shape)), entry["at"]).reshape(shape)
        if entry.get("running"):
            return np.cumsum(stored, axis=-1, dtype=np.int64) % (int(np.iinfo(entry["kind"]).max) + 1)
        return entry["low"] + entry["scale"] * stored if "scale" in entry else stored


def unpacked(text: str) -> Packed:
    whole = gzip.decompress(base64.b64decode(text))
    behind = 4 + struct.unpack_from("<I", whole)[0]
    return Packed(json.loads(whole[4:behind]), whole[behind:])


@dataclass
class Page(HTMLParser):
    """Elements of a page: names, attributes, and what scripts, styles, the title and the heading say."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append((self.elements[-1][0] if self.elements else "", data))

    def said(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag and text.strip()]


def read_page(text: str) -> tuple[Page, Packed]:
    page = Page()
    page.feed(text)
    page.close()
    return page, unpacked(page.said("script")[0])
