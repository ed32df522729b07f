"""What a recipe is."""

from __future__ import annotations

from dataclasses import dataclass, field

from visavis.system.config import SystemConfig
from visavis.training.dualtalk_objective import DualTalkObjectiveConfig
from visavis.training.lips import LipsConfig
from visavis.training.objectives import TimarObjectiveConfig
from visavis.training.recipe import LoopConfig


@dataclass(frozen=True)
class Recipe:
    """A system and how it is trained. window_turns: turns of a training window. lips: how captured people are mixed
    in (None: not at all)."""

    system: SystemConfig
    window_turns: int = 8
    objective: TimarObjectiveConfig | DualTalkObjectiveConfig = field(default_factory=TimarObjectiveConfig)
    loop: LoopConfig = field(default_factory=LoopConfig)
    lips: LipsConfig | None = None
