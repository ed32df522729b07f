"""The streaming state of a whole system: records of tensors whose first axis is the conversation."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor

from visavis.core.clock import samples_in
from visavis.core.state import mapped


@dataclass(frozen=True)
class Pending:
    """Input that does not fill a step yet: sound (B, S) and motion (B, T, D); `heard` and `seen` (B, T) bool
    are false where the user's speech or motion is unknown (it is zero there)."""

    user_speech: Tensor
    agent_speech: Tensor
    user_motion: Tensor
    heard: Tensor
    seen: Tensor

    def followed_by(self, later: Pending) -> Pending:
        """This input and then `later`."""
        return mapped(lambda *pair: torch.cat(pair, dim=1), self, later)

    def split(self, frames: int) -> tuple[Pending, Pending]:
        """The first `frames` frames, and the rest."""
        cuts = [samples_in(frames), samples_in(frames), frames, frames, frames]
        first = Pending(*(tensor[:, :cut] for tensor, cut in zip(self._all(), cuts, strict=True)))
        return first, Pending(*(tensor[:, cut:] for tensor, cut in zip(self._all(), cuts, strict=True)))

    def _all(self) -> list[Tensor]:
        return [getattr(self, field.name) for field in fields(self)]


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
