"""The user's face from a camera of any rate: stamped frames of some channels -> frames of a model's motion.

T frames, D channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.core.bounds import FARTHEST
from visavis.core.clock import SAMPLES_PER_FRAME
from visavis.core.errors import unknown
from visavis.core.spaces import MotionSpace
from visavis.wire.server.protocol import ProtocolError, Reason

_HELD = 5
"""Frames that a camera may leave out before the user counts as not seen."""


@dataclass(frozen=True, eq=False)
class Seen:
    """Frames (T, D) float32 of the user's motion from the frame `first` on."""

    first: int
    values: np.ndarray


class FaceIntake:
    """The newest of what a camera gives in each frame; what it leaves out for a moment is held."""

    def __init__(self, space: MotionSpace, rest: np.ndarray) -> None:
        self._space, self._rest = space, rest
        self._columns = np.zeros(0, np.int64)
        self._next = 0
        self._last = rest

    @property
    def channels(self) -> int:
        """How many are announced."""
        return len(self._columns)

    def announce(self, names: Sequence[str]) -> None:
        """The channels that come from now on. Raises `VisavisError` for a name that is none."""
        strange = [name for name in names if name not in self._space.channels]
        if strange:
            raise unknown(f"channel of {self._space.name}", strange[0], self._space.channels)
        if len(set(names)) < len(names):
            raise ProtocolError(Reason.BAD_VALUE, "a channel of the user's face is named twice")
        self._columns = np.array([self._space.channels.index(name) for name in names], np.int64)
        self._last = self._rest

    def restart(self) -> None:
        """On another session's clock, from 0."""
        self._next = 0

    def take(self, values: np.ndarray, place: int, apart: int) -> Seen | None:
        """Frames (T, announced) of which the first was seen at the sample `place`, the others `apart` samples later
        each; None where those frames are taken already. Raises `ProtocolError` for numbers that are no motion."""
        if not np.isfinite(values).all() or np.abs(values).max(initial=0) > FARTHEST:
            raise ProtocolError(Reason.BAD_VALUE, f"a face with numbers beyond {FARTHEST:g}, or none")
        low, high = self._space.limits()
        rows: dict[int, np.ndarray] = {}
        for number, some in enumerate(values):
            whole = self._rest.copy()
            whole[self._columns] = some
            rows[max(place + number * apart, 0) // SAMPLES_PER_FRAME] = np.clip(whole, low, high)
        fresh = {frame: row for frame, row in rows.items() if frame >= self._next}
        if not fresh:
            return None
        stop = max(fresh) + 1
        first = self._next if 0 <= min(fresh) - self._next <= _HELD and self._next else min(fresh)
        made = np.empty((stop - first, self._space.width), np.float32)
        for frame in range(first, stop):
            self._last = fresh.get(frame, self._last)
            made[frame - first] = self._last
        self._next = stop
        return Seen(first, made)
