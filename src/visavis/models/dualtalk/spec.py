"""The model spec of DualTalk: how the house builds, drives, trains and reads it."""

from __future__ import annotations

from typing import Any

from torch import nn

from visavis.core.contract import Learning, ModelSpec, Published
from visavis.core.protocols import SpeechEncoder
from visavis.core.spaces import MotionSpace
from visavis.layers.optimised import Kind, packed_wav2vec, replaced
from visavis.models.dualtalk.model import DualTalk, DualTalkConfig
from visavis.models.dualtalk.objective import DualTalkObjective, DualTalkObjectiveConfig
from visavis.models.dualtalk.published import read_published, what_lacks
from visavis.models.dualtalk.rollout import DualTalkDrawing, interface_of, make_rollout
from visavis.sampling.config import SamplingConfig


def _optimised(model: DualTalk, kind: Kind) -> DualTalk:
    """The same network with its ears packed."""

    def chosen(part: nn.Module) -> nn.Module | None:
        found: nn.Module | None = packed_wav2vec(part, kind) if hasattr(part, "feature_extractor") else None
        return found

    other: DualTalk = replaced(model, chosen)
    return other


def _objective(
    model: DualTalk,
    encoder: SpeechEncoder[Any],
    space: MotionSpace,
    config: DualTalkObjectiveConfig,
    _: SamplingConfig,
) -> DualTalkObjective:
    """What it learns, whatever a recipe samples: nothing is drawn."""
    return DualTalkObjective(model, encoder, space, config)


DUALTALK = ModelSpec(
    tag=DualTalkConfig.tag,
    config=DualTalkConfig,
    drawing=DualTalkDrawing,
    interface=interface_of,
    build=DualTalk,
    rollout=make_rollout,
    learning=Learning(
        config=DualTalkObjectiveConfig,
        make=_objective,
        blocks=(nn.TransformerEncoderLayer, nn.TransformerDecoderLayer),
    ),
    optimised=_optimised,
    published=Published("DualTalk.pth", what_lacks, read_published),
)
