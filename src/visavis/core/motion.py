"""Motion: frames of a motion space at a frame rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.core.clock import FPS, require_rate
from visavis.core.errors import VisavisError, unknown
from visavis.core.rotations import interpolate
from visavis.core.spaces import MotionSpace


@dataclass(frozen=True, eq=False)
class Motion:
    """Motion of one person: `values` (T, D) float32 in `space`, at `fps` frames a second.

    `motion["jaw"]` gives the channels of a group, a part or a single channel as (T, n).
    `known` names the channels that were captured where others were not (those hold a resting face); None: all of them.
    `state` (T,) names the conversation state that the person is told to be in, frame by frame; None: not told.
    `counted` (T,) bool: the frames in which what is known was captured; None: all of them.
    Raises `VisavisError` where the shape does not fit the space, for states and counted frames that are not one a
    frame, and for a rate outside 1 to 1,000 fps.
    """

    values: np.ndarray
    space: MotionSpace
    fps: float = FPS
    known: frozenset[str] | None = None
    state: np.ndarray | None = None
    counted: np.ndarray | None = None

    def __post_init__(self) -> None:
        values = np.asarray(self.values, dtype=np.float32)
        if values.ndim != 2 or values.shape[1] != self.space.width:
            raise VisavisError(
                f"motion of shape {values.shape} does not fit space {self.space.name}, "
                f"which needs (frames, {self.space.width})"
            )
        strange = sorted((self.known or frozenset()) - set(self.space.channels))
        if strange:
            raise unknown(f"channel of {self.space.name}", strange[0], self.space.channels)
        require_rate(self.fps)
        object.__setattr__(self, "values", values)
        if self.state is not None:
            object.__setattr__(self, "state", _one_name_a_frame(np.asarray(self.state), len(values)))
        if self.counted is not None:
            object.__setattr__(self, "counted", _one_truth_a_frame(np.asarray(self.counted), len(values)))

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.values[:, self.space.indices(name)]

    def knows(self, name: str) -> bool:
        """Whether every channel of a group, a part or a single channel was captured."""
        return self.known is None or self.known.issuperset(self.space.channels[i] for i in self.space.indices(name))

    def cut(self, start: int, stop: int) -> Motion:
        """The frames from `start` up to `stop`."""
        state = None if self.state is None else self.state[start:stop]
        counted = None if self.counted is None else self.counted[start:stop]
        return Motion(self.values[start:stop], self.space, self.fps, self.known, state, counted)

    def require_finite(self, what: str) -> Motion:
        """Itself; raises `VisavisError` naming the first frame and channel that is NaN or infinite."""
        finite = np.isfinite(self.values)
        if not finite.all():
            bad = np.argwhere(~finite)
            frame, channel = bad[0]
            raise VisavisError(
                f"{what}: {len(bad)} values are NaN or infinite, the first in frame {frame}, "
                f"channel {self.space.channels[channel]}; repair or cut the recording"
            )
        return self

    def resample(self, fps: float = FPS) -> Motion:
        """The same motion at another frame rate: linear in weights, spherical in rotations; a state lasts its frame.

        Frame i of the result shows time i / fps; the duration is kept to within one frame.
        """
        require_rate(fps)
        if fps == self.fps or len(self) == 0:
            return Motion(self.values, self.space, fps, self.known, self.state, self.counted)
        count = max(1, round(len(self) * fps / self.fps))
        position = np.minimum(np.arange(count) * (self.fps / fps), len(self) - 1)
        before = np.floor(position).astype(np.int64)
        after = np.minimum(before + 1, len(self) - 1)
        share = (position - before)[:, None]
        values = self.values[before] * (1 - share) + self.values[after] * share
        for rotation in self.space.rotations:
            columns = list(rotation.channels)
            values[:, columns] = interpolate(self.values[:, columns], rotation, position)
        state = None if self.state is None else self.state[before]
        counted = None if self.counted is None else self.counted[before]
        return Motion(values.astype(np.float32), self.space, fps, self.known, state, counted)


def _one_name_a_frame(state: np.ndarray, frames: int) -> np.ndarray:
    if state.shape != (frames,) or state.dtype.kind != "U":
        raise VisavisError(
            f"states of shape {state.shape} and type {state.dtype} do not fit motion of {frames} frames; "
            "give one name for each frame"
        )
    return state


def _one_truth_a_frame(counted: np.ndarray, frames: int) -> np.ndarray:
    if counted.shape != (frames,) or counted.dtype.kind != "b":
        raise VisavisError(
            f"counted frames of shape {counted.shape} and type {counted.dtype} do not fit motion of {frames} frames; "
            "give true or false for each frame"
        )
    return counted
