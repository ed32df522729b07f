"""What a face tells a client by the messages of a framework: JSON values, one frame in each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from visavis.core.clock import FPS, SAMPLE_RATE, samples_in
from visavis.core.spaces import MotionSpace
from visavis.streaming.frames import Frames

HELLO, FRAME, TAKE_BACK = "visavis.face", "visavis.frame", "visavis.take_back"
TOPIC = "visavis"
"""Of data messages, where a framework has topics."""
_DIGITS = 4


def hello(space: MotionSpace) -> dict[str, Any]:
    """Who moves: the names of the channels that frames hold, frames and samples a second."""
    return {"type": HELLO, "space": space.name, "channels": list(space.channels), "fps": FPS, "rate": SAMPLE_RATE}


def frame_messages(frames: Frames) -> Iterator[dict[str, Any]]:
    """One message for each frame: its values in the order of the channels, its stamp [samples], the conversation state.

    Frames that begin before the end of earlier ones replace those.
    """
    rows = frames.values.round(_DIGITS).astype(float).round(_DIGITS).tolist()
    for number, values in enumerate(rows):
        state = None if frames.state is None else str(frames.state[number]) or None
        yield {"type": FRAME, "stamp": frames.stamp + samples_in(number), "values": values, "state": state}


def take_back(stamp: int) -> dict[str, Any]:
    """Frames from a sample on are not shown; others follow."""
    return {"type": TAKE_BACK, "stamp": stamp}
