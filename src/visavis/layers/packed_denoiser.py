"""The denoising head for use: everything that does not change from draw to draw is computed once.

Shapes: R rows, D values of a token, Z width of the condition, W width of the head, S process times, L layers.
"""

from __future__ import annotations

from functools import lru_cache, partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from visavis.layers.denoiser import Denoiser, ResidualBlock, TimeEmbedding
from visavis.layers.optimised import packed_linear, replaced
from visavis.layers.packed import FloatLinear

_SCHEDULES = 8
"""So many samplers' times are kept embedded."""


class PackedDenoiser(nn.Module):
    """What a `Denoiser` does in the course of a draw, in float32; times that come again are embedded once."""

    def __init__(self, head: Denoiser) -> None:
        super().__init__()
        width = head.input_proj.out_features
        self.cond_embed = FloatLinear(head.cond_embed.weight, head.cond_embed.bias)
        self.input_proj = FloatLinear(head.input_proj.weight, head.input_proj.bias)
        blocks = [block for block in head.res_blocks if isinstance(block, ResidualBlock)]
        self.firsts = nn.ModuleList(_linear(block.mlp[0]) for block in blocks)
        self.seconds = nn.ModuleList(_linear(block.mlp[2]) for block in blocks)
        self.last = FloatLinear(head.final_layer.linear.weight, head.final_layer.linear.bias)
        self.joint = FloatLinear(*head.joined())
        self._norms = [(block.in_ln.weight.detach(), block.in_ln.bias.detach()) for block in blocks]
        gains = head.input_proj.weight.new_tensor([0.0, 1.0, 0.0] * len(blocks) + [0.0, 1.0])
        self._one = gains[:, None].expand(-1, width).contiguous()
        embed = replaced(head.time_embed, partial(packed_linear, FloatLinear))
        self._embedded = lru_cache(_SCHEDULES)(partial(_embedded, embed, head.input_proj.weight.device))

    def precompute(self, times: Tensor, condition: Tensor) -> list[tuple[Tensor, ...]]:
        """For each of a draw's process times (S,), or (S, times), what they and the condition (R, Z) make of each layer
        (R, W)."""
        y = self._embedded(times.shape, tuple(times.flatten().tolist())) + self.cond_embed(condition)
        numbers = self.joint(F.silu(y)).unflatten(-1, self._one.shape) + self._one
        return [step.unbind(1) for step in numbers.unbind()]

    def at(self, x: Tensor, modulations: tuple[Tensor, ...]) -> Tensor:
        """Noisy values (R, D) -> (R, out), with what time and condition make of each layer."""
        x = self.input_proj(x)
        shape = x.shape[-1:]
        for place, (first, second, norm) in enumerate(zip(self.firsts, self.seconds, self._norms, strict=True)):
            shift, gain, gate = modulations[3 * place : 3 * place + 3]
            inner = torch.addcmul(shift, torch.layer_norm(x, shape, *norm, 1e-6, False), gain)
            x = torch.addcmul(x, gate, second(F.silu(first(inner))))
        shift, gain = modulations[-2:]
        out: Tensor = self.last(torch.addcmul(shift, torch.layer_norm(x, shape, None, None, 1e-6, False), gain))
        return out


def _linear(layer: nn.Module) -> FloatLinear:
    assert isinstance(layer, nn.Linear)
    return FloatLinear(layer.weight, layer.bias)


def _embedded(embed: TimeEmbedding, device: torch.device, shape: torch.Size, times: tuple[float, ...]) -> Tensor:
    """Process times of that shape -> (S, 1, W), outside of any mode that a caller is in."""
    with torch.inference_mode(False), torch.no_grad():
        embedded: Tensor = embed(torch.tensor(times, device=device).view(shape))
        return embedded[:, None]
