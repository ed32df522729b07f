"""Two people in one room, made up: where they are and where they look is known in closed form."""

from __future__ import annotations

import numpy as np

from visavis.core.builtin_spaces import COLOCATED_ARKIT
from visavis.core.motion import Motion

APART_M = 1.2


def person(
    frames: int, *, second: bool = False, past_deg: float | np.ndarray = 0.0, jaw: float | np.ndarray = 0.0
) -> Motion:
    """Somebody who faces the other, looks `past_deg` beside the other's eyes with the eyes, and opens the jaw."""
    values = np.zeros((frames, COLOCATED_ARKIT.width), np.float32)
    values[:, COLOCATED_ARKIT.indices("translation")] = [0, 1.2, APART_M / 2 * (1 if second else -1)]
    values[:, COLOCATED_ARKIT.indices("neck")] = [0, np.pi if second else 0, 0]
    for eye in COLOCATED_ARKIT.rotations_in("gaze"):
        values[:, eye.channels[1]] = np.radians(past_deg)
    values[:, COLOCATED_ARKIT.channels.index("JawOpen")] = jaw
    return Motion(values, COLOCATED_ARKIT)


def restless(frames: int, seed: int, *, second: bool = False, size: float = 0.05) -> Motion:
    """The same with all channels moving at random, smoothly."""
    rng = np.random.default_rng(seed)
    times = np.arange(frames)[:, None] / 25
    waves = np.sin(
        6.28 * rng.uniform(0.2, 1.5, COLOCATED_ARKIT.width) * times + rng.uniform(0, 6.28, (1, COLOCATED_ARKIT.width))
    )
    still = person(frames, second=second, jaw=0.3).values
    return Motion((still + size * waves).astype(np.float32), COLOCATED_ARKIT)
