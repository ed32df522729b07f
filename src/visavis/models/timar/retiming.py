"""Weights of one turn length for another: what changes is where in its turn a token stands.

Shapes: n, m tokens a stream before and after, W width.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch.nn.functional as F
from torch import Tensor

from visavis.core.errors import VisavisError
from visavis.models.timar.model import TimarConfig

_TABLES = ("encoder_pos_embed_learned", "diffusion_pos_embed_learned")
_STREAMS = 4


def retimed(weights: Mapping[str, Tensor], before: TimarConfig, after: TimarConfig) -> dict[str, Tensor]:
    """The weights of a model as the first ones of another that differs in its turns alone.

    Positions within the turn (1, 4 n, W) are interpolated, stream by stream, at the times of the new tokens
    (1, 4 m, W), each taken as the share of its turn that has passed; all else is kept. Such a model speaks at once,
    and well after some training.

    Raises `VisavisError` where more differs than the turns, or positions are not counted within the turn.
    """
    same = replace(
        before,
        frames_per_turn=after.frames_per_turn,
        window_turns=after.window_turns,
        additions=replace(before.additions, turns_per_layer=after.additions.turns_per_layer),
    )
    if same != after:
        raise VisavisError("more than their turns differ; start from a run of the same sizes")
    if before == after:
        return dict(weights)
    if after.additions.positions != "turn" or after.separators:
        raise VisavisError(
            "turns can only be changed where positions are counted within the turn and there are no separators; "
            "start from a model with turns of the same length"
        )
    tokens = after.frames_per_turn // after.frames_per_token
    return {name: _stretched(table, tokens) if name in _TABLES else table for name, table in weights.items()}


def _stretched(table: Tensor, tokens: int) -> Tensor:
    streams = table[0].unflatten(0, (_STREAMS, -1)).transpose(1, 2)
    return F.interpolate(streams, size=tokens, mode="linear", align_corners=False).transpose(1, 2).flatten(0, 1)[None]
