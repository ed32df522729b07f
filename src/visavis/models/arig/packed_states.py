"""The state of a conversation for use: what each state asks, and what speaking tells, are tables.

Shapes: R rows, C width, H heads, A = C / H.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from visavis.layers.optimised import packed_linear
from visavis.layers.packed import FloatLinear
from visavis.layers.packed_sides import asking_less, mixed_by
from visavis.models.arig.states import StateUnderstanding


class PackedUnderstanding(nn.Module):
    """What a `StateUnderstanding` does, in float32."""

    @torch.no_grad()
    def __init__(self, given: StateUnderstanding) -> None:
        super().__init__()
        attention = given.attn
        self.heads = heads = attention.heads
        query = asking_less(attention.query.weight, attention.query.bias, heads)
        self._states = given.state.weight.clone()
        self._asking = nn.functional.linear(given.norm_state(self._states), *query).unflatten(-1, (heads, -1))
        speaking = [given.agent_speaks.weight, given.user_speaks.weight]
        each = [attention.key_value(given.norm_told(one)).unflatten(-1, (2, heads, -1)) for one in speaking]
        both = [torch.stack([agent, user], dim=2) for agent in each[0] for user in each[1]]
        self._told = torch.stack(both)
        self._norm = given.norm_told.weight.clone(), given.norm_told.bias.clone()
        self.key_value = FloatLinear(attention.key_value.weight, attention.key_value.bias)
        self.proj = FloatLinear(attention.proj.weight, attention.proj.bias)
        self.classify = nn.Sequential(*(packed_linear(FloatLinear, part) or part for part in given.classify))

    def forward(self, before: Tensor, agent: Tensor, user: Tensor, context: Tensor) -> Tensor:
        """See `StateUnderstanding.forward`."""
        rows, heads = len(context), self.heads
        told = self.key_value(torch.layer_norm(context, context.shape[-1:], *self._norm, 1e-6, False))
        told = torch.cat([self._told[2 * agent.long() + user.long()], told.view(rows, 2, heads, 1, -1)], dim=3)
        k, v = told.transpose(0, 1).reshape(2, rows * heads, 3, -1).unbind()
        mixed = mixed_by(self._asking[before].view(rows * heads, 1, -1), k, v)
        feature: Tensor = self._states[before] + self.proj(mixed.view(rows, -1))
        return feature

    def logits(self, feature: Tensor) -> Tensor:
        """See `StateUnderstanding.logits`."""
        said: Tensor = self.classify(feature)
        return said
