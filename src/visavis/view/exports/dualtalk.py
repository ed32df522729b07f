"""FLAME parameters in the layout of the DualTalk data set: an .npz with `exp` (T, 50) and `pose` (T, 6)."""

from __future__ import annotations

import os

import numpy as np

from visavis.core.builtin_spaces import FLAME56
from visavis.core.clock import FPS
from visavis.core.errors import VisavisError
from visavis.core.files import written_whole
from visavis.core.motion import Motion


def write_dualtalk(path: str | os.PathLike[str], motion: Motion) -> None:
    """Write `exp` and `pose` = neck, then jaw [rad]; `read_motion` and DualTalk's own tools read it as 25 fps.

    Raises `VisavisError` for motion of another space or rate, saying what to do, and where the place cannot be written.
    """
    if motion.space is not FLAME56:
        raise VisavisError(
            f"{path}: DualTalk's layout holds {FLAME56.name}, the motion is in {motion.space.name}; convert it first "
            "(visavis.view.conversion.to_space)"
        )
    if motion.fps != FPS:
        raise VisavisError(f"{path}: DualTalk's layout holds {FPS} fps, the motion has {motion.fps:g}; ask for {FPS}")
    pose = np.concatenate([motion["pose"], motion["jaw"]], axis=1)
    with written_whole(path) as temporary:
        np.savez(temporary, exp=motion["exp"], pose=pose)
