"""The model spec of ARIG: how the house builds, drives and trains it."""

from __future__ import annotations

from typing import Any

from visavis.core.contract import Learning, ModelSpec
from visavis.core.protocols import SpeechEncoder
from visavis.core.spaces import MotionSpace
from visavis.models.arig.model import Arig, ArigConfig
from visavis.models.arig.objective import ArigObjective, ArigObjectiveConfig
from visavis.models.arig.optimised import optimised
from visavis.models.arig.rollout import ArigDrawing, interface_of, make_rollout
from visavis.sampling.config import SamplingConfig


def _objective(
    model: Arig, encoder: SpeechEncoder[Any], space: MotionSpace, config: ArigObjectiveConfig, _: SamplingConfig
) -> ArigObjective:
    """What it learns, whatever a recipe samples: nothing is drawn."""
    return ArigObjective(model, encoder, space, config)


ARIG = ModelSpec(
    tag=ArigConfig.tag,
    config=ArigConfig,
    drawing=ArigDrawing,
    interface=interface_of,
    build=Arig,
    rollout=make_rollout,
    optimised=optimised,
    learning=Learning(config=ArigObjectiveConfig, make=_objective),
)
