"""From what is understood to a condition for the next frame, in three stages (ARIG, progressive motion prediction).

coarse: the last motion asks the agent's newest sounds (where own motion is not seen, the context asks). fine: that
outline asks the newest sound, the state and the context. temporal: the result asks the last motions and itself.

Shapes: R rows (a frame of a conversation each), C width, k sounds and m motions that are asked.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from visavis.layers.cross_attention import CrossBlock


class ProgressiveMotion(nn.Module):
    """The condition (R, C) of the head."""

    def __init__(self, width: int, heads: int, hidden: int, sounds: int, motions: int) -> None:
        super().__init__()
        self.sounds, self.motions = sounds, motions
        self.sound_place = nn.Parameter(0.02 * torch.randn(sounds, width))
        self.motion_place = nn.Parameter(0.02 * torch.randn(motions, width))
        self.coarse = CrossBlock(width, heads, hidden=None)
        self.fine = CrossBlock(width, heads, hidden)
        self.temporal = CrossBlock(width, heads, hidden)
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def refined(self, asking: Tensor, heard: Tensor, *understood: Tensor) -> Tensor:
        """The outline, refined (R, C): from what is `asking` (R, C), the agent's voice (R, k or more, C), and what is
        `understood`, the state's feature and the context token (each (R, C))."""
        outline = self.coarse(asking[:, None], heard[:, -self.sounds :] + self.sound_place)
        made: Tensor = self.fine(outline, torch.stack([heard[:, -1], *understood], dim=1))[:, 0]
        return made

    def forward(self, refined: Tensor, last: Tensor) -> Tensor:
        """The condition of the head (R, C): what is refined (R, C), gone on to from the last motions (R, m, C)."""
        asked = torch.cat([last + self.motion_place, refined[:, None]], dim=1)
        condition: Tensor = self.norm(self.temporal(refined[:, None], asked)[:, 0])
        return condition
