"""The model spec of ARIG: how the house builds, drives and trains it."""

from __future__ import annotations

from visavis.core.contract import Learning, ModelSpec
from visavis.models.arig.model import Arig, ArigConfig
from visavis.models.arig.objective import ArigObjective, ArigObjectiveConfig
from visavis.models.arig.rollout import ArigDrawing, interface_of, make_rollout

ARIG = ModelSpec(
    tag=ArigConfig.tag,
    config=ArigConfig,
    drawing=ArigDrawing,
    interface=interface_of,
    build=Arig,
    rollout=make_rollout,
    learning=Learning(config=ArigObjectiveConfig, make=lambda *given: ArigObjective(*given[:-1])),
)
