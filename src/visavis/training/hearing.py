"""Speech features of a batch of windows, as no gradient touches them.

Shapes: B windows, S samples, T frames, E features a frame.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from visavis.core.protocols import SpeechEncoder


@torch.no_grad()
def hear(encoder: SpeechEncoder[Any], user: Tensor, agent: Tensor) -> tuple[Tensor, Tensor]:
    """Features (B, T, E) of the user's and the agent's voice (B, S); a window counts as the whole recording."""
    voices = torch.cat([user, agent])
    features, _ = encoder.encode(encoder.prepared(voices), encoder.init_state(len(voices)))
    return features[: len(user)], features[len(user) :]
