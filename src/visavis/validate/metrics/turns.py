"""Axis-angle without jumps, so that channels can be compared: forms that are whole turns apart are the same rotation.

Somebody who looks along -z is turned by half a turn, which has two forms, and may change from one to the other.
Shapes: T frames.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from visavis.core.motion import Motion
from visavis.core.rotations import continuous, nearest_form


def continuous_turns(motion: Motion) -> Motion:
    """The same motion with each axis-angle in the form that goes on from the frame before; the first stays."""
    return _with(motion, len(motion), lambda turns, _: continuous(turns))


def nearest_turns(motion: Motion, to: Motion) -> Motion:
    """The same motion, over the common frames, with each axis-angle in the form that is nearest to another motion's."""
    frames = min(len(motion), len(to))
    return _with(motion, frames, lambda turns, columns: nearest_form(turns, to.values[:frames, columns]))


def _with(motion: Motion, frames: int, form: Callable[[np.ndarray, list[int]], np.ndarray]) -> Motion:
    """The first frames of a motion with every axis-angle in another form."""
    values = motion.values[:frames].astype(np.float64)
    for rotation in motion.space.rotations:
        if rotation.form == "axis-angle":
            columns = list(rotation.channels)
            values[:, columns] = form(values[:, columns], columns)
    return Motion(values, motion.space, motion.fps, motion.known)
