"""What a recipe is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from visavis.core.bounds import Size, require_bounds
from visavis.core.config import one_of
from visavis.system.config import SystemConfig
from visavis.system.specs import known_specs, spec_of
from visavis.training.lips import LipsConfig
from visavis.training.loop_config import LoopConfig


def _objectives() -> list[type]:
    return [spec.learning.config for spec in known_specs() if spec.learning is not None]


@dataclass(frozen=True)
class Recipe:
    """A system and how it is trained. window_turns: steps of a training window. objective: what its model learns (None:
    as its kind usually does). lips: how captured people are mixed in (None: not at all)."""

    system: SystemConfig
    window_turns: Size = 8
    objective: Any = field(default=None, metadata=one_of(_objectives))
    loop: LoopConfig = field(default_factory=LoopConfig)
    lips: LipsConfig | None = None

    def __post_init__(self) -> None:
        require_bounds(self)
        learning = spec_of(self.system.model).learning
        if self.objective is None and learning is not None:
            object.__setattr__(self, "objective", learning.config())
