"""The model spec of TIMAR: how the house builds, drives, trains and reads it."""

from __future__ import annotations

from visavis.core.contract import Learning, ModelSpec, Published
from visavis.data.gestures import labels_that_count
from visavis.layers.block import Block
from visavis.models.timar.model import TimarConfig
from visavis.models.timar.objective import TimarObjective, TimarObjectiveConfig
from visavis.models.timar.optimised import optimised
from visavis.models.timar.published import read_published, what_lacks
from visavis.models.timar.retiming import retimed
from visavis.models.timar.rollout import DrawingConfig, interface_of, make_rollout
from visavis.models.timar.trunk import make_timar

TIMAR = ModelSpec(
    tag=TimarConfig.tag,
    config=TimarConfig,
    drawing=DrawingConfig,
    interface=interface_of,
    build=make_timar,
    rollout=make_rollout,
    guidable=lambda config: config.head != "mlp",
    learning=Learning(
        config=TimarObjectiveConfig,
        make=TimarObjective,
        labels=lambda config: labels_that_count(config.gesture_weight),
        take_over=retimed,
        blocks=(Block,),
    ),
    optimised=optimised,
    published=Published("TIMAR.pth", what_lacks, read_published),
)
