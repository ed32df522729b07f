"""Files that somebody else might have written: ours, with another document."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def rewritten(path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """The file with its document changed."""
    data = path.read_bytes()
    size = int.from_bytes(data[12:16], "little")
    document = json.loads(data[20 : 20 + size])
    change(document)
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    rest = data[20 + size :]
    header = b"glTF" + b"".join(n.to_bytes(4, "little") for n in (2, 20 + len(text) + len(rest), len(text)))
    path.write_bytes(header + b"JSON" + text + rest)
    return path
