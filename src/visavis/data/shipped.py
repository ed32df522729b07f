"""The conversation that ships in the package: 25 s of talk in natural voices, and the motion of the user."""

from __future__ import annotations

from pathlib import Path

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.spaces import MotionSpace
from visavis.data.inputs import Inputs, read_inputs

_FOLDER = Path(__file__).parent.parent / "assets" / "demo"


def shipped_conversation(space: MotionSpace = ARKIT61) -> Inputs:
    """Both voices (S,) and the user's motion (T, D), which is known in arkit61 only and None for other spaces."""
    motion = _FOLDER / "user.npz" if space is ARKIT61 else None
    return read_inputs(_FOLDER / "user.flac", _FOLDER / "agent.flac", motion)
