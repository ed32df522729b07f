"""Frames with their place on the audio clock, and strips of them. T frames, D motion channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from visavis.core.clock import samples_in
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace


@dataclass(frozen=True, eq=False)
class Frames:
    """What a pull gives: `values` (T, D) float32 in `space`, possibly none; `first` is the first frame's number.

    labels: what the model says of each frame, by name, the number of a class (T,) int64; `system.interface.labels` has
    the classes' names. state: the conversation state in each frame (T,), by its name; None where the model tells none.
    Frames that start before the end of earlier ones replace those from `first` on.
    """

    first: int
    values: np.ndarray
    space: MotionSpace
    labels: Mapping[str, np.ndarray] = field(default_factory=dict)
    state: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def stamp(self) -> int:
        """Where the first frame begins on the audio clock [samples at 16 kHz]."""
        return samples_in(self.first)

    @property
    def motion(self) -> Motion:
        """The frames as motion."""
        return Motion(self.values, self.space, state=self.state)


@dataclass(frozen=True, eq=False)
class Strip:
    """The last frames (T, D) of something that goes on, with their labels (T,) by name; `first` is the first one's
    number."""

    first: int
    values: np.ndarray
    labels: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """The number after the last frame's."""
        return self.first + len(self.values)

    def followed_by(self, values: np.ndarray, labels: Mapping[str, np.ndarray] | None = None) -> Strip:
        """These frames and then more, which have the same labels."""
        return joined([self, Strip(self.end, values, labels or {})])

    def between(self, start: int, stop: int) -> Strip:
        """The frames from `start` up to `stop`."""
        low, high = max(start - self.first, 0), max(stop - self.first, 0)
        labels = {name: label[low:high] for name, label in self.labels.items()}
        return Strip(self.first + low, self.values[low:high], labels)

    def until(self, frame: int) -> Strip:
        """Without the frames from `frame` on."""
        return self.between(self.first, frame)

    def since(self, frame: int) -> Strip:
        """Without the frames before `frame`."""
        return self.between(min(max(frame, self.first), self.end), self.end)


def joined(strips: Sequence[Strip]) -> Strip:
    """Strips that follow one another as one; the labels are those of the first."""
    labels = {name: np.concatenate([strip.labels[name] for strip in strips]) for name in strips[0].labels}
    return Strip(strips[0].first, np.concatenate([strip.values for strip in strips]), labels)
