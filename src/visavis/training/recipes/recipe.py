"""What a recipe is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from visavis.core.bounds import OptionalSize, Size, require_bounds
from visavis.core.config import one_of
from visavis.system.config import SystemConfig
from visavis.system.specs import known_specs, spec_of
from visavis.training.lips import LipsConfig
from visavis.training.loop_config import LoopConfig


def _objectives() -> list[type]:
    return [spec.learning.config for spec in known_specs() if spec.learning is not None]


@dataclass(frozen=True)
class Stage:
    """The part of a training that comes before another: what is learned in it, and how long."""

    objective: Any = field(metadata=one_of(_objectives))
    loop: LoopConfig = field(default_factory=LoopConfig)


@dataclass(frozen=True)
class Recipe:
    """A system and how it is trained. window_turns: steps of a training window; window_frames: its frames, where it is
    not whole steps (0: it is). objective: what its model learns (None: as its kind usually does). lips: how captured
    people are mixed in (None: not at all). before: a part of the training that comes first (None: none does)."""

    system: SystemConfig
    window_turns: Size = 8
    objective: Any = field(default=None, metadata=one_of(_objectives))
    loop: LoopConfig = field(default_factory=LoopConfig)
    lips: LipsConfig | None = None
    window_frames: OptionalSize = 0
    before: Stage | None = None

    def __post_init__(self) -> None:
        require_bounds(self)
        learning = spec_of(self.system.model).learning
        if self.objective is None and learning is not None:
            object.__setattr__(self, "objective", learning.config())

    @property
    def frames(self) -> int:
        """Frames of a training window."""
        return self.window_frames or self.window_turns * self.system.interface.hop

    @property
    def first(self) -> Recipe:
        """The part that comes first, as a recipe of its own; this one where there is none."""
        if self.before is None:
            return self
        return replace(self, objective=self.before.objective, loop=self.before.loop, before=None)
