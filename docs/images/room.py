"""Make room.png of docs/view.md again, beside this file: two people in one room, seen by its three cameras.

python docs/images/room.py
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from tests.view.room_pair import pair  # noqa: E402
from visavis.view.render.studio import FixedCamera, OverShoulder, Studio, StudioStage  # noqa: E402

SIZE, FRAME = (440, 210), 75


def main() -> None:
    """Write room.png."""
    heads = [person.motion for person in pair(100)]
    pictures = [
        StudioStage(heads, size=SIZE, studio=Studio(camera=camera)).draw(FRAME)
        for camera in (FixedCamera(), OverShoulder(0), OverShoulder(1))
    ]
    whole = Image.fromarray(np.concatenate(pictures, axis=1))
    few = whole.quantize(palette=whole.quantize(256, Image.Quantize.FASTOCTREE), dither=Image.Dither.FLOYDSTEINBERG)
    few.save(HERE / "room.png", optimize=True)


if __name__ == "__main__":
    main()
