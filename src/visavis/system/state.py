"""The streaming state of a whole system: records of tensors whose first axis is the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from visavis.system.pending import Pending


@dataclass(frozen=True)
class SystemState:
    """Everything that a system remembers between steps.

    pending: each input's frames that no step has taken, in the order of the interface. encoder: what the speech encoder
    remembers of each voice. model: what the streaming model does. `seeds` (B,) choose each row's noise.
    """

    pending: tuple[Pending, ...]
    encoder: tuple[Any, ...]
    model: Any
    seeds: Tensor
