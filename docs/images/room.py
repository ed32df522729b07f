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
from visavis.core.motion import Motion  # noqa: E402
from visavis.view.render.studio import FixedCamera, OverShoulder, Studio, StudioStage  # noqa: E402

SIZE, FRAME = (440, 210), 75


def by_three_cameras(heads: list[Motion], size: tuple[int, int], frames: list[int]) -> list[np.ndarray]:
    """Some frames of two people, each a row of pictures: by the camera that sees both, and over each shoulder."""
    cameras = FixedCamera(), OverShoulder(0), OverShoulder(1)
    stages = [StudioStage(heads, size=size, studio=Studio(camera=camera)) for camera in cameras]
    return [np.concatenate([stage.draw(frame) for stage in stages], axis=1) for frame in frames]


def main() -> None:
    """Write room.png."""
    [row] = by_three_cameras([person.motion for person in pair(100)], SIZE, [FRAME])
    whole = Image.fromarray(row)
    few = whole.quantize(palette=whole.quantize(256, Image.Quantize.FASTOCTREE), dither=Image.Dither.FLOYDSTEINBERG)
    few.save(HERE / "room.png", optimize=True)


if __name__ == "__main__":
    main()
