from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path

import numpy as np

from tests.view.player.reading import Packed
from visavis.view.people.build import build_head
from visavis.view.people.looks import AMBER, LOOKS
from visavis.view.player.heads import ENDING, write_heads

SHIPPED = Path(__file__).parents[3] / "page" / "public" / "heads"
AGAIN = "run: python -m visavis.view.player.heads page/public/heads"


def head(path: Path) -> Packed:
    whole = gzip.decompress(path.read_bytes())
    behind = 4 + struct.unpack_from("<I", whole)[0]
    return Packed(json.loads(whole[4:behind]), whole[behind:])


def test_the_heads_of_the_page_are_those_of_the_package(tmp_path: Path) -> None:
    (written,) = write_heads(tmp_path, (AMBER,))
    made, shipped = head(written), head(SHIPPED / written.name)
    assert made.header["name"] == "amber"
    assert made.header["shapes"] == shipped.header["shapes"]
    for name in ("vertices", "faces"):
        one, other = (packed.array(packed.header["figure"][name]) for packed in (made, shipped))
        np.testing.assert_allclose(
            one, other, atol=2e-5, err_msg="python -m visavis.view.player.heads page/public/heads"
        )
    np.testing.assert_allclose(made.array(made.header["figure"]["vertices"]).T, build_head(AMBER).points, atol=1e-5)
    shapes = [packed.header["figure"]["shapes"] for packed in (made, shipped)]
    moved = [packed.array(entry["counts"]) for packed, entry in zip((made, shipped), shapes, strict=True)]
    np.testing.assert_allclose(*moved, rtol=0.01)


def test_every_person_is_there() -> None:
    assert sorted(path.name for path in SHIPPED.iterdir()) == sorted(look.name + ENDING for look in LOOKS)
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 1_200_000
