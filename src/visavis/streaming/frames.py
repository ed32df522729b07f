"""Frames with their place on the audio clock, and strips of them. T frames, D motion channels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.core.clock import samples_in
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace


@dataclass(frozen=True, eq=False)
class Frames:
    """What a pull gives: `values` (T, D) float32 in `space`, possibly none; `first` is the first frame's number.

    Frames that start before the end of earlier ones replace those from `first` on.
    """

    first: int
    values: np.ndarray
    space: MotionSpace

    def __len__(self) -> int:
        return len(self.values)

    @property
    def stamp(self) -> int:
        """Where the first frame begins on the audio clock [samples at 16 kHz]."""
        return samples_in(self.first)

    @property
    def motion(self) -> Motion:
        """The frames as motion."""
        return Motion(self.values, self.space)


@dataclass(frozen=True, eq=False)
class Strip:
    """The last frames (T, D) of something that goes on; `first` is the first one's number."""

    first: int
    values: np.ndarray

    @property
    def end(self) -> int:
        """The number after the last frame's."""
        return self.first + len(self.values)

    def followed_by(self, values: np.ndarray) -> Strip:
        """These frames and then more."""
        return Strip(self.first, np.concatenate([self.values, values]))

    def between(self, start: int, stop: int) -> np.ndarray:
        """The frames from `start` up to `stop`."""
        return self.values[max(start - self.first, 0) : max(stop - self.first, 0)]

    def until(self, frame: int) -> Strip:
        """Without the frames from `frame` on."""
        return Strip(self.first, self.between(self.first, frame))

    def since(self, frame: int) -> Strip:
        """Without the frames before `frame`."""
        first = min(max(frame, self.first), self.end)
        return Strip(first, self.between(first, self.end))
