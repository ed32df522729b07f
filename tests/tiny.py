"""A system with random weights that is small enough for any test."""

from __future__ import annotations

import torch

from visavis.models.timar.model import TimarConfig
from visavis.system.config import SystemConfig
from visavis.system.system import System


def tiny_system(space: str = "arkit61") -> System:
    """0.4 s turns and a few thousand parameters, none of them zero; the same weights every time."""
    model = TimarConfig(
        frames_per_turn=10,
        window_turns=4,
        frames_per_token=5,
        token_width=16,
        width=16,
        depth=1,
        heads=2,
        dropout=0.0,
        separators=False,
        positions="turn",
        turns_per_layer=3,
        head="flow",
        head_width=16,
        head_depth=1,
        skip=True,
        mean_head=True,
        hand_over=True,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        system = System(SystemConfig("tiny", space=space, model=model)).eval()
        with torch.no_grad():
            for weights in system.model.parameters():
                weights.add_(0.2 * torch.randn_like(weights))
        system.model.motion_mean.fill_(0.4)
        system.model.motion_std.fill_(0.1)
    return system
