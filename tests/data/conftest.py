from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import samples_in
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.data.motion_files import write_motion
from visavis.data.sound import write_sound

MakeMotion = Callable[..., Motion]
MakeClip = Callable[..., None]


@pytest.fixture
def make_motion() -> MakeMotion:
    def make(frames: int, space: MotionSpace = ARKIT61, fps: float = 25, seed: int = 0) -> Motion:
        values = np.random.default_rng(seed).uniform(-0.4, 0.4, (frames, space.width))
        return Motion(values.astype(np.float32), space, fps)

    return make


@pytest.fixture
def make_clip() -> MakeClip:
    """Writes a clip whose every sound sample is its own frame number / 1000, + 0.5 for speaker 2.

    The motion of frame t of speaker k is t + k / 4 in every channel, so what belongs together can be recognised.
    """

    def make(folder: Path, name: str, frames: int = 50, moving: tuple[int, ...] = (1, 2), fps: int = 25) -> None:
        for number in (1, 2):
            ramp = np.repeat(np.arange(frames), samples_in(1)) / 1000 + (number - 1) / 2
            write_sound(ramp.astype(np.float32), folder / f"{name}_speaker{number}.wav")
            if number in moving:
                count = frames * fps // 25
                values = np.repeat(np.arange(count)[:, None] * 25 / fps + number / 4, ARKIT61.width, axis=1)
                write_motion(Motion(values, ARKIT61, fps), folder / f"{name}_speaker{number}.npz")

    return make
