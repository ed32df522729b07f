"""A small residual convolutional network over the frames of a turn.

Shapes: B conversations, P turns, F frames a turn, E features a frame, W width.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class FrameTower(nn.Module):
    """Features (B, P, F, E) -> (B, P, F, W): one Linear, then residual layers that see one frame either side.

    The same weights serve every frame, and no frame sees beyond its own turn. `seen`: the dtype that frames are seen in
    (None: as the norm gives them).
    """

    def __init__(self, features: int, width: int, layers: int) -> None:
        super().__init__()
        self.first = nn.Linear(features, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width, eps=1e-6) for _ in range(layers))
        self.mixes = nn.ModuleList(nn.Linear(3 * width, width) for _ in range(layers))
        self.seen: torch.dtype | None = None

    def forward(self, features: Tensor) -> Tensor:
        """See the class."""
        x: Tensor = F.gelu(self.first(features))
        for norm, mix in zip(self.norms, self.mixes, strict=True):
            h = norm(x) if self.seen is None else norm(x).to(self.seen)
            h = F.pad(h, (0, 0, 1, 1))
            x = x + F.gelu(mix(torch.cat([h[:, :, :-2], h[:, :, 1:-1], h[:, :, 2:]], dim=-1)))
        return x
