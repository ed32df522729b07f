"""The model spec of Talking Together: how the house builds, drives and trains it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch

from visavis.core.contract import Learning, ModelSpec
from visavis.core.motion import Motion
from visavis.core.protocols import SpeechEncoder
from visavis.core.spaces import MotionSpace
from visavis.data.folder import Clip, read_side_motion
from visavis.data.gestures import labels_that_count
from visavis.data.windows import Signaller, Statistics, statistics_of
from visavis.layers.optimised import Kind, packed_linear, replaced
from visavis.models.talking_together.model import TalkingTogether, TogetherConfig
from visavis.models.talking_together.objective import TogetherObjective, TogetherObjectiveConfig
from visavis.models.talking_together.rollout import TogetherDrawing, interface_of, make_rollout
from visavis.models.talking_together.room import Room
from visavis.models.talking_together.signals import places_of, signals_of
from visavis.sampling.config import SamplingConfig


def _objective(
    model: TalkingTogether,
    encoder: SpeechEncoder[Any],
    space: MotionSpace,
    config: TogetherObjectiveConfig,
    _: SamplingConfig,
) -> TogetherObjective:
    """What it learns, whatever a recipe samples: nothing is drawn."""
    return TogetherObjective(model, encoder, space, config)


def _signals(space: MotionSpace) -> Signaller:
    return partial(signals_of, space=space)


def statistics(config: TogetherConfig, clips: Sequence[Clip], space: MotionSpace) -> Statistics:
    """Mean and standard deviation of each channel of motion as the network takes it (`Room.inwards`)."""
    room = Room(space, config.additions)
    return statistics_of(_inwards(room, clips, space), space, len(clips))


def _inwards(room: Room, clips: Sequence[Clip], space: MotionSpace) -> Iterator[Motion]:
    for clip in clips:
        motions = [read_side_motion(side, space) for side in clip.sides]
        there = [motion for motion in motions if motion is not None and len(motion)]
        if not there:
            continue
        frames = min(map(len, there))
        values = [torch.from_numpy((motion or there[0]).values[:frames]) for motion in motions]
        told = torch.tensor([[_knows(motion, name) for name in space.channels] for motion in motions])
        places = torch.from_numpy(places_of(motions)).expand(1, frames, -1, -1)
        taken = room.inwards(torch.stack(values)[None], places, told[None])[0]
        for motion, moved, knows in zip(motions, taken, room.known(told), strict=True):
            if motion:
                known = frozenset(name for name, is_told in zip(space.channels, knows, strict=True) if is_told)
                yield replace(motion.cut(0, frames), values=moved.numpy(), known=known)


def _knows(motion: Motion | None, channel: str) -> bool:
    return motion is not None and len(motion) > 0 and motion.knows(channel)


def _optimised(model: TalkingTogether, kind: Kind) -> TalkingTogether:
    """The same network with its products packed."""
    packed: TalkingTogether = replaced(model, partial(packed_linear, kind))
    return packed


TALKING_TOGETHER = ModelSpec(
    tag=TogetherConfig.tag,
    config=TogetherConfig,
    drawing=TogetherDrawing,
    interface=interface_of,
    build=TalkingTogether,
    rollout=make_rollout,
    guidable=lambda _: True,
    optimised=_optimised,
    learning=Learning(
        config=TogetherObjectiveConfig,
        make=_objective,
        labels=lambda config: labels_that_count(config.gesture_weight),
        signals=_signals,
        statistics=statistics,
    ),
)
