"""TIMAR: what the network computes, but for its trunk (arXiv 2512.15340).

Shapes: B conversations, P turns, F frames a turn, N tokens a turn, n tokens a stream, D motion channels,
K frames a token, C encoder width, Z width of z, R rows of the head (one a token).
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor, nn

from visavis.core.bounds import Bounds, Depth, Share, Size, require_bounds
from visavis.core.errors import VisavisError
from visavis.core.protocols import Predict
from visavis.core.state import mapped
from visavis.layers.attention import Attention, KeyValues
from visavis.layers.block import Block
from visavis.layers.denoiser import Denoiser
from visavis.layers.standard import Standardised
from visavis.models.timar.additions import TimarAdditions
from visavis.models.timar.guide import Guide
from visavis.models.timar.tokens import Interleaved, TurnInputs, TurnTokens
from visavis.sampling.cosine import CosineDiffusion
from visavis.sampling.denoising import DenoisingTask
from visavis.sampling.flow import RectifiedFlow
from visavis.sampling.parameterisation import X0, Velocity


@dataclass(frozen=True)
class DecoderConfig:
    """Sizes of the decoder of the encoder-decoder ablation (paper: as wide and as deep as its encoder)."""

    width: Size = 1024
    depth: Depth = 16
    heads: Depth = 16

    def __post_init__(self) -> None:
        require_bounds(self)
        if self.width % self.heads:
            raise VisavisError(f"decoder.width {self.width} must be a multiple of decoder.heads {self.heads}")


_DENOISING = {
    "diffusion": DenoisingTask(CosineDiffusion(), X0(), learned_variance=True),
    "flow": DenoisingTask(RectifiedFlow(), Velocity()),
    "mlp": None,
}
"""What each head predicts."""


@dataclass(frozen=True)
class TimarConfig:
    """Sizes and named options of the paper, in its own form by default; what we add to it is in `additions`.

    frames_per_turn: length of a turn (paper: 25 = 1 s). window_turns: turns the window holds, the current
    one included (paper: 8). frames_per_token: frames packed into one token of each stream (paper: 1).
    separators: the ten separator tokens. causal: turn-level causal attention (paper's ablation "bidirectional": false).
    decoder: sizes of a decoder; the encoder then sees unmasked tokens only (paper's ablation "encoder-decoder").
    head: "diffusion" (paper: clean value and variance), "flow" (ours: rectified flow, velocity), "mlp" (ablation).
    """

    tag: ClassVar[str] = "timar"

    frames_per_turn: Size = 25
    window_turns: Size = 8
    frames_per_token: Size = 1
    token_width: Size = 1024
    width: Size = 1024
    depth: Depth = 32
    heads: Depth = 16
    mlp_ratio: Annotated[float, Bounds(0, 64, without_least=True)] = 4.0
    dropout: Share = 0.1
    separators: bool = True
    causal: bool = True
    decoder: DecoderConfig | None = None
    head: Literal["diffusion", "flow", "mlp"] = "diffusion"
    head_width: Size = 1024
    head_depth: Depth = 3
    additions: TimarAdditions = field(default_factory=TimarAdditions)

    def __post_init__(self) -> None:
        require_bounds(self)
        if self.frames_per_turn % self.frames_per_token:
            raise VisavisError(
                f"a turn of {self.frames_per_turn} frames cannot be packed into tokens of {self.frames_per_token}; "
                "choose frames_per_token as a divisor of frames_per_turn"
            )
        if self.width % self.heads:
            raise VisavisError(f"width {self.width} must be a multiple of heads {self.heads}")
        additions = self.additions
        if additions.positions == "turn" and (self.width // self.heads) % 2:
            raise VisavisError(f"width {self.width} must be an even multiple of heads {self.heads}: rotary turns pairs")
        if additions.positions == "turn" and self.decoder is not None:
            raise VisavisError("a decoder has learned window positions; set positions to 'window', or decoder to none")
        if additions.turns_per_layer and not self.causal:
            raise VisavisError("turns_per_layer looks back only; leave causal on, or set turns_per_layer to 0")
        if additions.hand_over and self.frames_per_token < 3:
            raise VisavisError("hand_over needs at least 3 frames a token, for velocity and acceleration")

    @property
    def denoising(self) -> DenoisingTask | None:
        """What the head is trained to predict; None: the tokens themselves ("mlp")."""
        return _DENOISING[self.head]

    @property
    def z_width(self) -> int:
        """Width of z, which the heads are told."""
        return self.width if self.decoder is None else self.decoder.width

    @property
    def history_turns(self) -> int:
        """Turns of history that can reach a frame."""
        per_layer = self.additions.turns_per_layer
        return per_layer * self.depth if per_layer else self.window_turns - 1


@dataclass(frozen=True)
class Embedded:
    """What the trunk is given: projected tokens (B, P, N, C), which agent-motion tokens are `masked` (B, P, n) and what
    stands for them (B, P, n, Z); and what the agent's voice by itself says of the mean motion (B, P, n, K D)."""

    tokens: Tensor
    masked: Tensor
    blank: Tensor
    voice: Tensor


@dataclass(frozen=True)
class Seen:
    """z of every token (B, P, N, Z), and what the agent's voice by itself says of the mean motion (B, P, n, K D)."""

    tokens: Tensor
    voice: Tensor


@dataclass(frozen=True)
class Past:
    """What a trunk kept of H past turns: each attention layer's keys and values of their tokens, and which of their
    agent-motion tokens stood masked (R, H, n)."""

    layers: tuple[KeyValues, ...]
    masked: Tensor

    def last(self, turns: int) -> Past:
        """The last `turns` turns."""
        held = self.masked.shape[1]
        layers = tuple(layer.last(layer.keys.shape[2] // held * turns) for layer in self.layers)
        return Past(layers, self.masked[:, held - turns :])

    def by_conversation(self, lanes: int) -> Past:
        """Rows (R, ...) -> (B, L, ...)."""
        return mapped(lambda tensor: tensor.unflatten(0, (-1, lanes)), self)

    def rows(self) -> Past:
        """The inverse of `by_conversation`."""
        return mapped(lambda tensor: tensor.flatten(0, 1), self)


class Timar(Standardised):
    """Turns in, one vector z for each agent-motion token out; the head turns z and noise into motion.

    Its two forms, in trunk.py, differ in how z comes from the tokens.
    """

    turn_times: Tensor

    def __init__(self, config: TimarConfig, features: int, channels: int) -> None:
        super().__init__(channels)
        self.config = config
        self.features = features
        self.values = channels * config.frames_per_token
        self.tokens = TurnTokens(
            features,
            channels,
            config.token_width,
            config.frames_per_turn,
            config.frames_per_token,
            config.separators,
            config.additions.speech_layers,
        )
        width, z = config.width, config.z_width
        self.z_proj = nn.Linear(config.token_width, width)
        self.z_proj_ln = nn.LayerNorm(width, eps=1e-6)
        self.mask_token = nn.Parameter(torch.randn(1, 1, z) * 0.02)
        self.encoder_pos_embed_learned = self.position_table(width)
        self.diffusion_pos_embed_learned = self.position_table(z)
        self.encoder_blocks = nn.ModuleList(
            Block(width, config.heads, config.mlp_ratio, config.dropout) for _ in range(config.depth)
        )
        self.encoder_norm = nn.LayerNorm(width, eps=1e-6)
        streams = 3 if config.additions.skip_user else 1
        self.skip = nn.Linear(streams * config.token_width, z) if config.additions.skip else None
        self.mean_head = _mlp(z, 2 * z, self.values) if config.additions.mean_head else None
        lips = config.additions.mean_head and config.additions.speech_layers > 0
        self.lips = nn.Linear(config.token_width, channels) if lips else None
        told = 3 * channels + 1
        self.hand_over = nn.Linear(told, z) if config.additions.hand_over else None
        self.guide = Guide(channels, config.frames_per_token, z, told) if config.additions.guide else None
        denoising = config.denoising
        self.head = _mlp(z, z // 2, self.values) if denoising is None else self._denoiser(denoising)
        self.register_buffer("turn_times", self.tokens.times(), persistent=False)

    def _denoiser(self, denoising: DenoisingTask) -> nn.Module:
        config, out = self.config, denoising.outputs(self.values)
        return Denoiser(self.values, out, config.z_width, config.head_width, config.head_depth)

    def mask(self, turns: int) -> Tensor | None:
        """Which tokens of `turns` turns each of their tokens sees: (P N, P N) bool; None = all."""
        if not self.config.causal:
            return None
        turn = torch.arange(turns, device=self.turn_times.device)
        seen = turn[None] <= turn[:, None]
        if self.config.additions.turns_per_layer:
            seen = seen & (turn[None] >= turn[:, None] - self.config.additions.turns_per_layer)
        return self.per_token(self.per_token(seen, 0), 1)

    def per_token(self, turns: Tensor, axis: int) -> Tensor:
        """Something said of each turn, repeated for each of its tokens."""
        return turns.repeat_interleave(self.tokens.count, axis)

    def times(self, turns: int) -> Tensor | None:
        """Rotary times of the tokens of `turns` turns (P N,) [frames]; None with window positions."""
        if self.config.additions.positions == "window":
            return None
        starts = torch.arange(turns, device=self.turn_times.device) * float(self.config.frames_per_turn)
        return (starts[:, None] + self.turn_times).flatten()

    def embed(self, turns: TurnInputs) -> Embedded:
        """Projected tokens, what stands for masked ones, and what the voice says of the mean."""
        interleaved: Interleaved = self.tokens(turns)
        tokens = interleaved.tokens
        x: Tensor = self.z_proj(tokens)
        blank = self.mask_token.to(x.dtype)[None]
        if self.skip is not None:
            beside = (
                self.tokens.beside(tokens)
                if self.config.additions.skip_user
                else tokens[:, :, self.tokens.agent_speech_at]
            )
            blank = blank + self.skip(beside)
        if self.lips is None:
            voice = x.new_zeros(*turns.masked.shape, self.values)
        else:
            voice = self.tokens.pack(self.lips(interleaved.agent_speech))
        return Embedded(x, turns.masked, blank, voice)

    def blanked(self, x: Tensor, embedded: Embedded) -> Tensor:
        """Tokens (B, P, N, Z) with what stands for the masked ones in their places."""
        at = self.tokens.agent_motion_at
        own = torch.where(embedded.masked[..., None], embedded.blank, x[:, :, at])
        return torch.cat([x[:, :, : at.start], own, x[:, :, at.stop :]], dim=2)

    def position_table(self, width: int) -> nn.Parameter:
        """A learned position for each place (1, places, width): in the window, or in the turn."""
        turns = self.config.window_turns if self.config.additions.positions == "window" else 1
        return nn.Parameter(torch.randn(1, self.tokens.count * turns, width) * 0.02)

    def placed(self, table: Tensor, turns: int, places: Tensor | None) -> Tensor:
        """A table's positions (B or 1, P or 1, N, C) of the tokens of `turns` turns that stand at `places` (B, P)."""
        if self.config.additions.positions == "turn":
            return table[:, None]
        if places is None:
            places = torch.arange(turns, device=table.device)[None]
        tokens: Tensor = table[0].unflatten(0, (-1, self.tokens.count))
        return tokens[places]

    @abstractmethod
    def trunk(
        self,
        embedded: Embedded,
        mask: Tensor | None,
        places: Tensor | None = None,
        past: Past | None = None,
        times: Tensor | None = None,
    ) -> tuple[Tensor, Past]:
        """Embedded turns -> z of every token (B, P, N, Z), and the past followed by what later turns need of these.

        `mask` says which tokens each token sees (None = all). `places` (B, P) counts turns from the oldest kept one
        (window positions only; default 0..P-1). `past` is what was kept of earlier turns, `times` the rotary times
        of past and present tokens.
        """

    @abstractmethod
    def attention_layers(self) -> list[Attention]:
        """The trunk's attention layers, in the order in which it keeps their keys and values."""

    def no_past(self, rows: int, turns: int) -> Past:
        """Room for so many past turns, all unknown."""
        layers = tuple(layer.no_tokens(rows, turns * self.tokens.count) for layer in self.attention_layers())
        masked = torch.zeros(rows, turns, self.tokens.stream, dtype=torch.bool, device=self.turn_times.device)
        return Past(layers, masked)

    def forward(self, turns: TurnInputs) -> Seen:
        """z of every token for whole windows, as in training, with what the voice says of the mean."""
        embedded = self.embed(turns)
        z, _ = self.trunk(embedded, self.mask(turns.masked.shape[1]))
        return Seen(z, embedded.voice)

    def mean(self, z: Tensor, voice: Tensor) -> Tensor:
        """Predicted mean (..., K D) of tokens, normalised, from z (..., Z) and what the voice says of it."""
        if self.mean_head is None:
            raise VisavisError("this model has no mean head; train it with model.additions.mean_head true")
        predicted: Tensor = self.mean_head(z).float() + voice.float()
        return predicted

    def own(self, z: Tensor) -> Tensor:
        """z of the agent-motion tokens only: (B, P, N, Z) -> (B, P, n, Z)."""
        return z[:, :, self.tokens.agent_motion_at]

    def predict(self, condition: Tensor, x: Tensor, time: Tensor) -> Tensor:
        """The head's output (R, ...) for values x (R, K D) at process times (R,), given its condition (R, Z)."""
        out: Tensor = self.head(condition) if self.config.head == "mlp" else self.head(x, time, condition)
        return out

    def precompute(self, condition: Tensor, times: Tensor) -> Predict:
        """The head as a draw asks it: told its condition (R, Z) and all process times (S,) beforehand."""
        head = self.head
        if not isinstance(head, Denoiser):
            return lambda *_: head(condition)
        told = head.precompute(times, condition)
        return lambda x, step: head.at(x, told[step])

    def condition(self, z: Tensor, last: Tensor, known: Tensor) -> Tensor:
        """The head's condition (R, Z): z, and with hand-over the end of the motion so far.

        `last` (R, 3, D): the three normalised frames before the token; `known` (R,) is 1 where they exist.
        """
        if self.hand_over is None:
            return z
        handed: Tensor = self.hand_over(ending(last, known, z.dtype))
        return z + handed

    def guess(self, mean: Tensor, condition: Tensor, last: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """The guide's guess (R, K D) of tokens relative to their endings, and the log size (R, D) of its error.

        From their mean (R, K D), condition (R, Z) and ending.
        """
        if self.guide is None:
            raise VisavisError("this model has no guide; train it with model.additions.guide true")
        told = ending(last, known, condition.dtype)
        guess, log_size = self.guide(condition, told, self.guide.relative(mean, last[:, 2], known))
        return guess, log_size

    def compose(self, sample: Tensor, mean: Tensor | None, condition: Tensor, last: Tensor, known: Tensor) -> Tensor:
        """Values (R, K D) from a sample of the head: itself, or with a guide the guess and the residual."""
        if self.guide is None or mean is None:
            return sample
        guess, log_size = self.guess(mean, condition, last, known)
        rest = self.guide.colour(sample * self.guide.per_frame(log_size.exp()), known)
        return self.guide.absolute(guess + rest, last[:, 2], known)


def _mlp(width: int, hidden: int, out: int) -> nn.Module:
    return nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, out))


def ending(last: Tensor, known: Tensor, dtype: torch.dtype) -> Tensor:
    """Position, velocity and acceleration of the last frames (R, 3, D): (R, 3 D + 1), zeros where not `known` (R,)."""
    frame, velocity = last[:, 2], last[:, 2] - last[:, 1]
    acceleration = velocity - (last[:, 1] - last[:, 0])
    told = known.to(last.dtype)[:, None]
    return torch.cat([torch.cat([frame, 4 * velocity, 8 * acceleration], dim=-1) * told, told], dim=-1).to(dtype)
