"""Frames as TalkingHead.js takes them: blend shape animations for its streaming interface (Appendix G of its README).

    head.streamStart({lipsyncType: "blendshapes", waitForAudioChunks: false, gain: 0});
    head.streamAudio({anims: [message]});        // a message of `animation`, parsed from JSON

`anims` last exactly as long as their frames and follow one another. Times are counted from the first that the head got;
`waitForAudioChunks: false` and `gain: 0` where something else plays the sound.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import FPS, SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.core.spaces import MotionSpace
from visavis.streaming.frames import Frames

_DIGITS = 4
_TURNS = {"headRotateX": ("HeadPitch", 1.0), "headRotateY": ("HeadYaw", -1.0), "headRotateZ": ("HeadRoll", -1.0)}
"""Its names of what turns the head, about the axes of a head that looks along z (x to its left, y up); ours, which are
positive down, to the own right, and with the right ear up; and the sign."""
_GROUPS = ("exp", "jaw")


def animation(frames: Frames, origin: int = 0) -> dict[str, Any]:
    """An animation of some frames, as JSON, each of which is reached at its stamp. origin: the stamp that is 0 ms.

    Weights by the names of ARKit's shapes as TalkingHead's avatars spell them (`jawOpen`), the head's rotation as its
    `headRotateX`, `headRotateY`, `headRotateZ` [rad]. Eyes move by their shapes.
    Raises `VisavisError` for another space than arkit61, and for no frames.
    """
    _require(frames.space)
    if not len(frames):
        raise VisavisError("an animation of no frames; make one of those that are there")
    step_ms = 1000 // FPS
    return {
        "name": "visavis",
        "delay": round(1000 * (frames.stamp - origin) / SAMPLE_RATE) - step_ms,
        "dt": [step_ms] * len(frames),
        "vs": _values(frames),
    }


def _require(space: MotionSpace) -> None:
    if space is not ARKIT61:
        raise VisavisError(f"TalkingHead.js takes arkit61, the frames are {space.name}; choose a model that moves that")


def _values(frames: Frames) -> dict[str, list[float]]:
    space = frames.space
    columns = [column for group in _GROUPS for column in space.indices(group)]
    found = {_spelled(space.channels[column]): _rounded(frames.values[:, column]) for column in columns}
    for theirs, (ours, sign) in _TURNS.items():
        found[theirs] = _rounded(sign * frames.motion[ours][:, 0])
    return found


def _spelled(channel: str) -> str:
    return channel[0].lower() + channel[1:]


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), _DIGITS) for value in values]
