"""Small made-up clips of two people in one room."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from visavis.core.builtin_spaces import COLOCATED_ARKIT
from visavis.core.clock import samples_in
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.data.motion_files import write_motion
from visavis.data.sound import write_sound

PLACES = np.array([[0.1, 1.2, -0.6], [-0.2, 1.3, 0.7]])


def talk(frames: int, speaking: np.ndarray, seed: int) -> np.ndarray:
    """A voice (S,) that is loud where somebody speaks (frames,) bool."""
    generator = np.random.default_rng(seed)
    loud = np.repeat(0.001 + 0.2 * speaking, samples_in(1))
    return (loud * generator.standard_normal(samples_in(frames))).astype(np.float32)


def roomed(frames: int, person: int, seed: int, space: MotionSpace = COLOCATED_ARKIT) -> Motion:
    """Motion of a person who sits at a place, looks about at the other, and moves smoothly."""
    generator = np.random.default_rng([seed, person])
    times = np.arange(frames)[:, None] / 25
    rates, phases = generator.uniform(0.2, 1.5, space.width), generator.uniform(0, 6.28, space.width)
    waves = np.sin(2 * np.pi * rates * times + phases)
    values = 0.1 * waves
    weights = [i for group in ("exp", "jaw") if group in space.groups for i in space.groups[group]]
    values[:, weights] = 0.3 + 0.2 * waves[:, weights]
    if "translation" in space.groups:
        values[:, space.indices("translation")] = PLACES[person] + 0.02 * waves[:, space.indices("translation")]
        values[:, space.indices("neck")] = [0, np.pi * person, 0]
    return Motion(values.astype(np.float32), space)


def turns(frames: int) -> np.ndarray:
    """Who speaks (frames, 2) bool: the first for a second, then the second for one, and so on."""
    first = np.arange(frames) // 25 % 2 == 0
    return np.stack([first, ~first], axis=1)


def write_room_clip(folder: Path, name: str, seed: int, frames: int = 60, space: MotionSpace = COLOCATED_ARKIT) -> None:
    """Both voices and both people's motion, who speak in turn."""
    speaking = turns(frames)
    for person in (0, 1):
        stem = folder / f"{name}_speaker{person + 1}"
        write_sound(talk(frames, speaking[:, person], seed + person), stem.with_name(f"{stem.name}.wav"))
        write_motion(roomed(frames, person, seed, space), stem.with_name(f"{stem.name}.npz"))
