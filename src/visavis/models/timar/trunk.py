"""The two forms of TIMAR's trunk: how z comes from the tokens (arXiv 2512.15340, ablation of the architecture).

Shapes: B conversations, P turns, N tokens a turn, C encoder width, Z width of z.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from visavis.layers.attention import Attention, KeyValues, Rotary
from visavis.layers.block import Block
from visavis.models.timar.model import Embedded, Past, Timar, TimarConfig


def make_timar(config: TimarConfig, features: int, channels: int) -> Timar:
    """The network of a config, with fresh weights, for so many speech features and motion channels."""
    form = EncoderOnly if config.decoder is None else EncoderDecoder
    return form(config, features, channels)


class EncoderOnly(Timar):
    """One encoder over all tokens, mask tokens among them (the paper's best)."""

    def trunk(
        self,
        embedded: Embedded,
        mask: Tensor | None,
        places: Tensor | None = None,
        past: Past | None = None,
        times: Tensor | None = None,
    ) -> tuple[Tensor, Past]:
        """See `Timar.trunk`."""
        turns = embedded.tokens.shape[1]
        x = self.blanked(embedded.tokens, embedded) + self.placed(self.encoder_pos_embed_learned, turns, places)
        times = self.times(turns) if times is None else times
        rotary = None if times is None else Rotary.at(times, self.config.width // self.config.heads)
        layers = None if past is None else past.layers
        h, kept = _through(self.encoder_blocks, self.z_proj_ln(x).flatten(1, 2), mask, rotary, layers)
        z = self.encoder_norm(h).unflatten(1, (turns, -1))
        z = z + self.placed(self.diffusion_pos_embed_learned, turns, places)
        return z, Past(kept, _after(past, embedded.masked))

    def attention_layers(self) -> list[Attention]:
        """See `Timar.attention_layers`."""
        return [block.attn for block in _blocks(self.encoder_blocks)]


class EncoderDecoder(Timar):
    """An encoder over the unmasked tokens; a decoder over what it makes of them, mask tokens in the others' places."""

    def __init__(self, config: TimarConfig, features: int, channels: int) -> None:
        super().__init__(config, features, channels)
        decoder = config.decoder
        assert decoder is not None
        self.decoder_embed = nn.Linear(config.width, decoder.width)
        self.decoder_pos_embed_learned = self.position_table(decoder.width)
        self.decoder_blocks = nn.ModuleList(
            Block(decoder.width, decoder.heads, config.mlp_ratio, config.dropout) for _ in range(decoder.depth)
        )
        self.decoder_norm = nn.LayerNorm(decoder.width, eps=1e-6)

    def trunk(
        self,
        embedded: Embedded,
        mask: Tensor | None,
        places: Tensor | None = None,
        past: Past | None = None,
        times: Tensor | None = None,
    ) -> tuple[Tensor, Past]:
        """See `Timar.trunk`; without rotary `times`."""
        del times
        turns = embedded.tokens.shape[1]
        masked = _after(past, embedded.masked)
        visible = self._visible(masked)
        visible = visible if mask is None else mask & visible
        depth = len(self.encoder_blocks)
        first, second = (None, None) if past is None else (past.layers[:depth], past.layers[depth:])
        x = self.z_proj_ln(embedded.tokens + self.placed(self.encoder_pos_embed_learned, turns, places))
        h, encoded = _through(self.encoder_blocks, x.flatten(1, 2), visible, None, first)
        x = self.blanked(self.decoder_embed(self.encoder_norm(h)).unflatten(1, (turns, -1)), embedded)
        x = x + self.placed(self.decoder_pos_embed_learned, turns, places)
        h, decoded = _through(self.decoder_blocks, x.flatten(1, 2), mask, None, second)
        z = self.decoder_norm(h).unflatten(1, (turns, -1))
        z = z + self.placed(self.diffusion_pos_embed_learned, turns, places)
        return z, Past((*encoded, *decoded), masked)

    def attention_layers(self) -> list[Attention]:
        """See `Timar.attention_layers`."""
        return [block.attn for block in (*_blocks(self.encoder_blocks), *_blocks(self.decoder_blocks))]

    def _visible(self, masked: Tensor) -> Tensor:
        """Which tokens of turns are not `masked` (B, P, n): (B, 1, 1, P N)."""
        visible = torch.ones(*masked.shape[:2], self.tokens.count, dtype=torch.bool, device=masked.device)
        visible[:, :, self.tokens.agent_motion_at] = ~masked
        return visible.flatten(1)[:, None, None]


def _blocks(blocks: nn.ModuleList) -> list[Block]:
    return [block for block in blocks if isinstance(block, Block)]


def _after(past: Past | None, masked: Tensor) -> Tensor:
    """Which agent-motion tokens stood masked (B, P, n), the past's first."""
    return masked if past is None else torch.cat([past.masked, masked], dim=1)


def _through(
    blocks: nn.ModuleList,
    h: Tensor,
    mask: Tensor | None,
    rotary: Rotary | None,
    past: tuple[KeyValues, ...] | None,
) -> tuple[Tensor, tuple[KeyValues, ...]]:
    """Tokens (B, P N, width) after all blocks, and each block's keys and values, the past's among them."""
    kept = []
    for i, block in enumerate(blocks):
        h, every = block(h, mask, rotary, None if past is None else past[i])
        kept.append(every)
    return h, tuple(kept)
