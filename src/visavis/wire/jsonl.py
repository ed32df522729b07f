"""Frames as lines of JSON, for everything that reads text: a file, a pipe, a terminal."""

from __future__ import annotations

import json
from typing import TextIO

from visavis.wire.sink import Frame

_DECIMALS = 6


class JsonLinesSink:
    """Each frame as one line with its number, its time and its channels by name.

    `{"frame": 3, "time_s": 0.05, "sample": 800, "fps": 60.0, "space": "arkit61", "values": {"EyeBlinkLeft": 0.1, ...}}`
    A model that tells conversation states adds `"state": "listening"`.
    The stream stays open when the sink is closed, unless it is `owned`.
    """

    def __init__(self, stream: TextIO, owned: bool = False) -> None:
        self._stream, self._owned = stream, owned

    def send(self, frame: Frame) -> None:
        """Write one line, and see that it arrives."""
        values = (round(value, _DECIMALS) for value in frame.values.tolist())
        line = {
            "frame": frame.number,
            "time_s": frame.time_s,
            "sample": frame.sample,
            "fps": float(frame.fps),
            "space": frame.space.name,
            "values": dict(zip(frame.space.channels, values, strict=True)),
        }
        if frame.state is not None:
            line["state"] = frame.state
        print(json.dumps(line), file=self._stream, flush=True)

    def close(self) -> None:
        """Close the stream if it is owned."""
        if self._owned:
            self._stream.close()
