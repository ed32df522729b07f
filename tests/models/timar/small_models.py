"""Small TIMAR networks with random weights, and inputs for them."""

from __future__ import annotations

from dataclasses import replace

import torch

from visavis.models.timar.model import DecoderConfig, Timar, TimarConfig
from visavis.models.timar.tokens import TurnInputs
from visavis.models.timar.trunk import make_timar

PAPER = TimarConfig(
    frames_per_turn=4, window_turns=4, token_width=8, width=8, depth=2, heads=2, head_width=8, head_depth=1
)
BANDED = replace(
    PAPER,
    frames_per_turn=6,
    frames_per_token=3,
    separators=False,
    additions=replace(PAPER.additions, positions="turn", turns_per_layer=1),
)
HANDED = replace(BANDED, additions=replace(BANDED.additions, hand_over=True, skip=True, mean_head=True), head="flow")
DECODED = replace(
    PAPER, decoder=DecoderConfig(width=12, depth=3, heads=3), additions=replace(PAPER.additions, skip=True)
)
FEATURES, CHANNELS = 5, 3


def timar(config: TimarConfig) -> Timar:
    torch.manual_seed(0)
    model = make_timar(config, FEATURES, CHANNELS).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model


def inputs(config: TimarConfig, turns: int, masked: bool = True) -> TurnInputs:
    generator = torch.Generator().manual_seed(1)
    shape = (1, turns, config.frames_per_turn)
    stream = config.frames_per_turn // config.frames_per_token

    def drawn(width: int) -> torch.Tensor:
        return torch.randn(*shape, width, generator=generator)

    no = torch.zeros(1, turns, stream, dtype=torch.bool)
    return TurnInputs(drawn(FEATURES), drawn(CHANNELS), drawn(FEATURES), drawn(CHANNELS), no, no, no | masked)
