"""What DualTalk learns from a batch of windows (arXiv 2505.18096, losses): squared errors of motion and its change.

Shapes: B windows, T frames, D channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from visavis.core.bounds import Weight, require_bounds
from visavis.core.protocols import SpeechEncoder
from visavis.core.spaces import MotionSpace
from visavis.data.known import by_group, counted_frames, neutral
from visavis.data.windows import Batch
from visavis.encode.batch import encode_speech
from visavis.models.dualtalk.model import DualTalk


@dataclass(frozen=True)
class DualTalkObjectiveConfig:
    """change_weight: weight of the error of frame differences over all channels (paper: 1)."""

    tag: ClassVar[str] = "dualtalk"

    change_weight: Weight = 1.0

    def __post_init__(self) -> None:
        require_bounds(self)


class DualTalkObjective(nn.Module):
    """Holds the model that is trained; called with a batch it gives the losses, "loss" being what is minimised.

    Errors are of motion with zero mean and unit variance, summed over the space's groups; what is unknown of the
    agent's motion counts in none. A partner whose motion is unknown stands still at the mean, as in generation.
    """

    def __init__(
        self, model: DualTalk, encoder: SpeechEncoder[Any], space: MotionSpace, config: DualTalkObjectiveConfig
    ) -> None:
        super().__init__()
        self.model = model
        self.encoder = encoder
        self.config = config
        self.groups = {name: torch.from_numpy(space.indices(name)) for name in space.groups}

    def forward(self, batch: Batch, generator: torch.Generator) -> Mapping[str, Tensor]:
        """Scalar losses of a batch: "loss" and its parts; nothing is drawn but dropout."""
        del generator
        user, agent = encode_speech(self.encoder, batch.user_speech, batch.agent_speech)
        seen = neutral(self.model.normalise(batch.user_motion), batch.user_known) * batch.user_seen[:, None, None]
        target = neutral(self.model.normalise(batch.agent_motion), batch.agent_known)
        drawn = self.model(user, seen, agent).float()
        error, change = (drawn - target).square(), (drawn.diff(dim=1) - target.diff(dim=1)).square()
        counted = counted_frames(batch)
        if counted is not None:
            error = error * by_group(counted, self.groups.values())
            change = change * by_group(counted[:, 1:] & counted[:, :-1], [torch.arange(counted.shape[-1])])
        parts = {f"mean_{name}": error[..., indices].mean() for name, indices in self.groups.items()}
        parts["change"] = change.mean()
        loss = torch.stack([part for name, part in parts.items() if name != "change"]).sum()
        return {"loss": loss + self.config.change_weight * parts["change"], **parts}
