"""The model spec of ARIG: how the house builds, drives and trains it."""

from __future__ import annotations

from typing import Any

from visavis.core.contract import Learning, ModelSpec
from visavis.core.protocols import SpeechEncoder
from visavis.core.spaces import MotionSpace
from visavis.data.windows import Labeller
from visavis.layers.block import Block
from visavis.models.arig.model import Arig, ArigConfig
from visavis.models.arig.objective import ArigObjective, ArigObjectiveConfig, labels_of
from visavis.models.arig.optimised import optimised
from visavis.models.arig.rollout import ArigDrawing, interface_of, make_rollout
from visavis.models.arig.short_range import BidirectionalBlock, IntegratedBlock
from visavis.sampling.config import SamplingConfig


def _objective(
    model: Arig,
    encoder: SpeechEncoder[Any],
    space: MotionSpace,
    config: ArigObjectiveConfig,
    sampling: SamplingConfig,
) -> ArigObjective:
    """What it learns; a recipe's sampling draws self-forced windows."""
    return ArigObjective(model, encoder, space, config, sampling)


def _labels(config: ArigObjectiveConfig) -> Labeller | None:
    """Who tells states and gestures: nobody, where nothing is learned from them."""
    return labels_of if config.state_weight or config.activity_weight or config.gesture_weight != 1 else None


ARIG = ModelSpec(
    tag=ArigConfig.tag,
    config=ArigConfig,
    drawing=ArigDrawing,
    interface=interface_of,
    build=Arig,
    rollout=make_rollout,
    optimised=optimised,
    learning=Learning(
        config=ArigObjectiveConfig,
        make=_objective,
        labels=_labels,
        taught=True,
        blocks=(Block, BidirectionalBlock, IntegratedBlock),
    ),
)
