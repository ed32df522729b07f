"""A mouth that talks, and its voice."""

from __future__ import annotations

import numpy as np

from visavis.core.clock import samples_in
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.encode.activity import Voice, detect_voice

ARKIT = space_named("arkit61")
FRAMES = 600


def talk(seed: int = 0) -> tuple[np.ndarray, Voice]:
    """An opening (T,) and a voice whose loudness follows it; frames 200 to 400 are silent."""
    noise = np.random.default_rng(seed).normal(size=FRAMES + 4)
    opening = np.clip(0.3 + 0.5 * np.stack([noise[i : i + FRAMES] for i in range(5)]).mean(axis=0), 0.02, 1)
    opening[200:400] = 0
    carrier = np.random.default_rng(9).normal(size=samples_in(FRAMES))
    return opening, detect_voice(0.3 * carrier * np.repeat(opening, samples_in(1)))


def mouth(opening: np.ndarray) -> Motion:
    values = np.zeros((len(opening), ARKIT.width))
    values[:, ARKIT.indices("JawOpen")] = opening[:, None]
    return Motion(values, ARKIT)
