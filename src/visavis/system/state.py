"""The streaming state of a whole system: records of tensors whose first axis is the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor


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
    """Everything that a system remembers between steps: what its speech encoder does of each voice, what its room does.

    `seeds` (B,) choose each row's noise.
    """

    user: Any
    agent: Any
    room: Any
    pending: Pending
    seeds: Tensor
