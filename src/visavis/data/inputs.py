"""Inputs of a generation, read from files and fitted to each other. S = samples at 16 kHz."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from visavis.core.clock import FPS, SAMPLE_RATE, frames_in, frames_of
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rate import at_rate
from visavis.core.spaces import MotionSpace
from visavis.data.motion_files import read_motion
from visavis.data.sound import read_sound

TOLERANCE_S = 0.5
"""How much recordings of one conversation may differ in length [s]."""


MotionReader = Callable[["str | os.PathLike[str]", "MotionSpace | None"], Motion]


@dataclass(frozen=True, eq=False)
class Inputs:
    """Both voices (S,) of equal length and the user's motion at 25 fps, if given; `notes` say what was cut."""

    user_speech: np.ndarray
    agent_speech: np.ndarray
    user_motion: Motion | None
    notes: tuple[str, ...] = ()


def read_inputs(
    user: str | os.PathLike[str],
    agent: str | os.PathLike[str],
    user_motion: str | os.PathLike[str] | None = None,
    space: MotionSpace | None = None,
    read: MotionReader = read_motion,
) -> Inputs:
    """Two voices (any sound file), cut to their common length, and the user's motion (in `space` if that is given).

    `read` reads the motion of a file in a space: `read_motion`, or a reader that knows more formats.

    Raises `VisavisError` for files that cannot be used, and for motion whose length differs from the voices' by
    more than `TOLERANCE_S`.
    """
    voices = read_sound(user), read_sound(agent)
    samples = min(len(voice) for voice in voices)
    notes: tuple[str, ...] = ()
    if len({frames_in(len(voice)) for voice in voices}) > 1:
        lengths = [len(voice) / SAMPLE_RATE for voice in voices]
        notes = (
            f"the voices last {lengths[0]:.2f} s (user) and {lengths[1]:.2f} s (agent); "
            f"both are cut to {samples / SAMPLE_RATE:.2f} s",
        )
    motion = None
    if user_motion is not None:
        motion = at_rate(read(user_motion, space), FPS)
        _require_near(user_motion, len(motion), frames_in(samples))
    return Inputs(voices[0][:samples], voices[1][:samples], motion, notes)


def _require_near(path: str | os.PathLike[str], frames: int, expected: int) -> None:
    if abs(frames - expected) > frames_of(TOLERANCE_S):
        raise VisavisError(
            f"{os.fspath(path)}: the user's motion lasts {frames / FPS:.2f} s but the voices {expected / FPS:.2f} s; "
            f"they may differ by {TOLERANCE_S} s, so give the recordings of one conversation"
        )
