"""What a teacher has written down for a model to learn from: the mean motion of every speaker (see `teacher`).

Shapes: T frames, D motion channels.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from visavis.core.errors import VisavisError
from visavis.data.folder import Clip
from visavis.data.windows import Expectation


def mean_file(taught: Path, clip: Clip, number: int) -> Path:
    """Where the mean of a clip's speaker is."""
    return taught / f"{clip.name}_speaker{number}.npy"


def expectation(taught: Path) -> Expectation:
    """Reads what a teacher has written; raises `VisavisError` where it wrote nothing of a clip."""

    def read(clip: Clip, number: int) -> np.ndarray:
        path = mean_file(taught, clip, number)
        if not path.is_file():
            raise VisavisError(
                f"{path} is missing; write it with: python -m visavis.training.teacher MODEL --data DATA --out {taught}"
            )
        mean: np.ndarray = np.load(path, mmap_mode="r")
        return mean

    return read
