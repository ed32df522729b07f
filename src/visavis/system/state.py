"""The streaming state of a whole system: records of tensors whose first axis is the conversation."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from visavis.encode.mel import MelState
from visavis.models.timar.rollout import TimarState


@dataclass(frozen=True)
class Pending:
    """Input that does not fill a step yet: sound (B, S) and motion (B, T, D); `seen` (B, T) bool is false
    where the user's motion is unknown (the motion is zero there)."""

    user_speech: Tensor
    agent_speech: Tensor
    user_motion: Tensor
    seen: Tensor


@dataclass(frozen=True)
class SystemState:
    """Everything that a system remembers between steps; `seeds` (B,) choose each row's noise."""

    user: MelState
    agent: MelState
    room: TimarState
    pending: Pending
    seeds: Tensor
