"""Which channels of a motion space the dials move. D motion channels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from visavis.core.errors import VisavisError
from visavis.core.spaces import MotionSpace

_NOT_EXPRESSION = ("articulation", "lids", "blink", "look")


@dataclass(frozen=True, eq=False)
class Face:
    """A motion space with the mean face (D,); selections are channel indices, empty where the space has none.

    expression: what speaks of feelings: the group `exp` without what speech moves, lids and looks. head: neck and head.
    """

    space: MotionSpace
    mean: np.ndarray

    @cached_property
    def expression(self) -> np.ndarray:
        """Channels that expressiveness scales."""
        others = {int(channel) for part in _NOT_EXPRESSION for channel in self.part(part)}
        return np.array([channel for channel in self.part("exp") if int(channel) not in others], dtype=np.int64)

    @cached_property
    def head(self) -> np.ndarray:
        """Channels that head motion scales."""
        return np.concatenate([self.part("neck"), self.part("pose")])

    @property
    def pitch(self) -> int:
        """The channel that lets the head nod, positive downwards; raises `VisavisError` where a space has none."""
        for rotation in self.space.rotations_in("pose"):
            return rotation.channels[1 if rotation.form == "yaw-pitch-roll" else 0]
        raise VisavisError(f"motion space {self.space.name} cannot nod: its group 'pose' holds no rotation")

    def bounded(self, values: np.ndarray) -> np.ndarray:
        """Values (T, D) within the bounds of the space, float32."""
        return np.asarray(np.clip(values, *self._limits), dtype=np.float32)

    @cached_property
    def _limits(self) -> tuple[np.ndarray, np.ndarray]:
        return self.space.limits()

    def part(self, name: str) -> np.ndarray:
        """Channels of a group or part, none where the space has it not."""
        return self.space.indices(name) if self.space.has(name) else np.zeros(0, dtype=np.int64)
