"""The project's own people as files that a page fetches: one packed head each.

python -m visavis.view.player.heads page/public/heads
"""

from __future__ import annotations

import sys
from pathlib import Path

from visavis.core.files import written_whole
from visavis.view.people.looks import LOOKS, Look
from visavis.view.player.avatar import accent_of, own_avatar
from visavis.view.player.embed import packed_avatar
from visavis.view.player.pack import Pack

ENDING = ".bin"


def packed_head(look: Look) -> bytes:
    """A head with its name, the colour that stands for it, and the names of its shapes in their order."""
    pack, avatar = Pack(), own_avatar(look)
    figure = packed_avatar(pack, avatar)
    return pack.packed(
        {"name": look.name, "accent": list(accent_of(look)), "shapes": list(avatar.mesh.names), "figure": figure}
    )


def write_heads(folder: Path, looks: tuple[Look, ...] = LOOKS) -> list[Path]:
    """Write `NAME.bin` of each person, and give their paths. Raises `VisavisError` when the place cannot be written."""
    paths = [folder / f"{look.name}{ENDING}" for look in looks]
    for look, path in zip(looks, paths, strict=True):
        with written_whole(path) as temporary:
            temporary.write_bytes(packed_head(look))
    return paths


if __name__ == "__main__":
    for written in write_heads(Path(sys.argv[1])):
        print(f"{written} {written.stat().st_size / 1e6:.2f} MB")
