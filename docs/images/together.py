"""Make together.jpg of docs/talking_together.md again, beside this file: what together-small makes of one recording.

python docs/images/together.py FIRST.npz SECOND.npz 12.5 20      # of: visavis generate MIX.wav --out F.npz
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from room import by_three_cameras

from visavis.core.clock import FPS
from visavis.data.motion_files import read_motion

HERE = Path(__file__).parent
SIZE = (440, 220)


def main(first: str, second: str, *moments: str) -> None:
    """Write together.jpg: a row for each moment [s], seen by three cameras."""
    heads = [read_motion(Path(path)) for path in (first, second)]
    rows = by_three_cameras(heads, SIZE, [round(float(at) * FPS) for at in moments])
    Image.fromarray(np.concatenate(rows)).save(HERE / "together.jpg", quality=88, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
