"""What a live output promises, and the stamped frame that it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np

from visavis.core.clock import SAMPLE_RATE
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace


@dataclass(frozen=True, eq=False)
class Frame:
    """Frame `number` of a conversation, counted from its first sound sample at `fps` frames a second.

    `values` (D,) are in `space`, bounded channels within their bounds. `state` names the conversation state, None where
    the model tells none.
    """

    number: int
    fps: Fraction
    values: np.ndarray
    space: MotionSpace
    state: str | None = None

    @property
    def time_s(self) -> float:
        """When it is to be shown, on the clock of the sound [s]."""
        return float(self.number / self.fps)

    @property
    def sample(self) -> int:
        """The nearest sound sample at 16 kHz."""
        return round(self.number * SAMPLE_RATE / self.fps)

    @property
    def motion(self) -> Motion:
        """The frame as motion of one frame."""
        return Motion(self.values[None], self.space, float(self.fps))


class Sink(Protocol):
    """Somewhere frames go, in order, each when it is due."""

    def send(self, frame: Frame) -> None:
        """Send one frame. A listener that is not there is no error."""
        ...

    def close(self) -> None:
        """Let go of what it holds; may be called again."""
        ...
