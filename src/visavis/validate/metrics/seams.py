"""Metrics of seams: does the motion jump where one generated turn ends and the next begins?

Shapes: T frames, D channels. 1 = no seam, 2 = twice as much change at the boundary as elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.core.errors import VisavisError
from visavis.core.motion import Motion


@dataclass(frozen=True)
class Seams:
    """Mean size of change at turn boundaries over that at all other frames; NaN for motion that stands still.

    `speed`: the step from the last frame of a turn to the first of the next, over other steps;
    `acceleration`: the same for second differences that span the boundary.
    """

    speed: float
    acceleration: float


def seams(motion: Motion, frames_per_turn: int, group: str | None = None, start: int = 0) -> Seams:
    """Seams of `motion` (T, D), made in turns of `frames_per_turn` frames, the first boundary after `start` + a turn.

    Changes are Euclidean over a group's channels in their units, over all channels each divided by its standard
    deviation where no group is named. With one frame a turn every frame is a boundary: an error.
    """
    if frames_per_turn < 2 or len(motion) - start <= frames_per_turn + 1:
        raise VisavisError(
            f"seams need turns of two frames or more and more than one turn; "
            f"{len(motion) - start} frames in turns of {frames_per_turn} were given"
        )
    values = (motion.values if group is None else motion[group]).astype(np.float64)[start:]
    if group is None:
        values = values / np.maximum(values.std(axis=0), 1e-6)
    first_frames = np.arange(frames_per_turn, len(values), frames_per_turn)
    steps = np.linalg.norm(np.diff(values, axis=0), axis=1)
    bends = np.linalg.norm(np.diff(values, n=2, axis=0), axis=1)
    around = np.concatenate([first_frames - 2, first_frames - 1])
    return Seams(_ratio(steps, first_frames - 1), _ratio(bends, around[around < len(bends)]))


def _ratio(sizes: np.ndarray, at: np.ndarray) -> float:
    elsewhere = np.delete(sizes, at)
    if len(elsewhere) == 0 or elsewhere.mean() == 0:
        return float("nan")
    return float(sizes[at].mean() / elsewhere.mean())
