"""Make together.jpg of docs/talking_together.md again, beside this file: what together-small makes of one recording.

python docs/images/together.py FIRST.npz SECOND.npz 12.5 20      # of: visavis generate MIX.wav --out F.npz
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from visavis.core.clock import FPS
from visavis.data.motion_files import read_motion
from visavis.view.render.studio import FixedCamera, OverShoulder, Studio, StudioStage

HERE = Path(__file__).parent
SIZE = (440, 220)


def main(first: str, second: str, *moments: str) -> None:
    """Write together.jpg: a row for each moment [s], seen by three cameras."""
    heads = [read_motion(Path(path)) for path in (first, second)]
    cameras = FixedCamera(), OverShoulder(0), OverShoulder(1)
    stages = [StudioStage(heads, size=SIZE, studio=Studio(camera=camera)) for camera in cameras]
    rows = [np.concatenate([stage.draw(round(float(at) * FPS)) for stage in stages], axis=1) for at in moments]
    Image.fromarray(np.concatenate(rows)).save(HERE / "together.jpg", quality=88, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
