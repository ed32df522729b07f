"""A small speech encoder that has learned which phonemes sound: causal convolutions over log-mel features.

Shapes: B conversations, S samples, T frames (25 a second), M mel bands, W width, E features a frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from visavis.core.bounds import Bounds, Rate, Size, require_bounds
from visavis.core.clock import SAMPLES_PER_FRAME
from visavis.core.errors import VisavisError
from visavis.core.state import concat_rows, mapped
from visavis.encode.mel import MelConfig, MelEncoder, MelState, warped_filters

_MOST_LAYERS = 64
_FIRST_WEIGHT = 0.05
_QUIET = -0.2
_ROOT = 0.5**0.5
_AT_ONCE = 1280
"""Frames of all voices that go through the network together: what it makes of them stays in a processor's cache."""


@dataclass(frozen=True)
class PhoneticConfig:
    """mel: the features it starts from, and passes on. width: features it adds. dilations: of its convolutions, three
    frames each: together they reach back 2 * sum frames. colour_rate: how fast the mean spectrum of the voice, that
    every frame is compared with, follows active speech, a frame.
    """

    tag: ClassVar[str] = "phonetic"

    mel: MelConfig = field(default_factory=lambda: MelConfig(memories=5))
    width: Annotated[int, Bounds(1, 4096)] = 256
    dilations: tuple[Size, ...] = (1, 1, 2, 2, 4, 4)
    colour_rate: Rate = 0.02

    def __post_init__(self) -> None:
        require_bounds(self)
        if not 0 < len(self.dilations) <= _MOST_LAYERS:
            raise VisavisError(
                f"speech.dilations names {len(self.dilations)} layers; give at least one dilation, such as 1, and at "
                f"most {_MOST_LAYERS}"
            )
        if self.mel.past_frames:
            raise VisavisError("speech.mel.past_frames must be 0: a phonetic encoder remembers by itself")

    @property
    def frames_at_once(self) -> None:
        """Frames that are heard by themselves: none, any number may come."""
        return None


@dataclass(frozen=True)
class PhoneticState:
    """`colour` (B, M): the mean spectrum so far; `weight` (B, 1): how much speech it is of, 1 = plenty.

    `tails` (B, sum of 2 * dilation, W): what each convolution heard last, the first one's first.
    """

    mel: MelState
    colour: Tensor
    weight: Tensor
    tails: Tensor


@dataclass(frozen=True)
class Disturbance:
    """What training does to spectra: vocal tracts shorter by `factors` (B,), bands that are `hidden` (B, M) bool."""

    factors: Tensor
    hidden: Tensor


class PhoneticEncoder(nn.Module):
    """Sound (B, T * 640) -> features (B, T, E): log-mel features, and what a network makes of them.

    Nothing after a frame's end is used for it. The network is trained beforehand (`visavis.training.phonetic`) and
    stays as it is. The same for any gain, and nearly so for any microphone: spectra are told relative to the mean
    spectrum of the voice (cepstral mean normalisation, without the future).
    """

    def __init__(self, config: PhoneticConfig) -> None:
        super().__init__()
        self.config = config
        self.mel = MelEncoder(config.mel)
        self.first = GeluLinear(self.mel.width + config.mel.bands, config.width)
        self.layers = nn.ModuleList(CausalLayer(config.width, dilation) for dilation in config.dilations)
        self.norm = nn.LayerNorm(config.width, eps=1e-6)
        self.width = self.mel.width + config.width
        self.kept = torch.float32
        self.one_frame: OneFrame | None = None
        self.requires_grad_(False)

    def init_state(self, batch: int) -> PhoneticState:
        """The state before any sound."""
        bands, width = self.config.mel.bands, self.config.width
        colour = self.mel.window.new_zeros(batch, bands)
        tails = colour.new_zeros(batch, 2 * sum(self.config.dilations), width, dtype=self.kept)
        return PhoneticState(self.mel.init_state(batch), colour, colour.new_full((batch, 1), _FIRST_WEIGHT), tails)

    def prepared(self, recording: Tensor) -> Tensor:
        """A whole recording as it is: levels and colours are followed as they come."""
        return recording

    def encode(
        self, sound: Tensor, state: PhoneticState, disturbance: Disturbance | None = None
    ) -> tuple[Tensor, PhoneticState]:
        """Features of whole frames of sound (B, T * 640), and the state after them; in training disturbed ones."""
        rows = max(1, _AT_ONCE * SAMPLES_PER_FRAME // max(1, sound.shape[-1]))
        if sound.shape[0] <= rows or torch.is_grad_enabled() or sound.device.type != "cpu":
            return self._encode(sound, state, disturbance)
        parts = [
            self._encode(*mapped(lambda tensor, at=at: tensor[at : at + rows], (sound, state, disturbance)))
            for at in range(0, len(sound), rows)
        ]
        return torch.cat([features for features, _ in parts]), concat_rows([after for _, after in parts])

    def _encode(
        self, sound: Tensor, state: PhoneticState, disturbance: Disturbance | None
    ) -> tuple[Tensor, PhoneticState]:
        filters = None if disturbance is None else warped_filters(self.mel.filters, disturbance.factors)
        features, mel = self.mel.encode(sound, state.mel, filters)
        spectra, colour, weight = self.mean_normalised(features, state.colour, state.weight)
        inputs = torch.cat([features, spectra], dim=-1)
        if disturbance is not None:
            inputs = inputs.masked_fill(self._hidden(disturbance.hidden)[:, None], 0.0)
        phonetic, tails = self.network(inputs, state.tails)
        return torch.cat([inputs[..., : self.mel.width], phonetic], dim=-1), PhoneticState(mel, colour, weight, tails)

    def mean_normalised(self, features: Tensor, colour: Tensor, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Spectra (B, T, M) relative to the voice's running mean, that mean and its weight after them.

        From log-mel features (B, T, E); frames of silence leave the mean alone.
        """
        bands, rate = self.config.mel.bands, self.config.colour_rate
        spectra = features[..., : 2 * bands].unflatten(-1, (2, bands)).mean(-2)
        rates = rate * (spectra.mean(-1, keepdim=True) > _QUIET).to(spectra)
        colours = []
        for now, step in zip(spectra.unbind(1), rates.unbind(1), strict=True):
            weight = weight + step * (1 - weight)
            colour = colour.lerp(now, step / weight)
            colours.append(colour)
        return spectra - torch.stack(colours, dim=1), colour, weight

    def _hidden(self, bands: Tensor) -> Tensor:
        """Which inputs of the network lie in bands (B, M): both hops of a frame, and its relative spectrum."""
        memories = bands.new_zeros(len(bands), self.config.mel.memories)
        return torch.cat([bands, bands, memories, bands], dim=1)

    def network(self, inputs: Tensor, tails: Tensor) -> tuple[Tensor, Tensor]:
        """Phonetic features (B, T, W) of each frame's inputs, and the last inputs of the convolutions."""
        if self.one_frame is not None and inputs.shape[1] == 1:
            x, tails = self.one_frame(self.first(inputs[:, 0]), tails)
            return self.norm(x)[:, None], tails
        x, kept = self.first(inputs), []
        for layer, tail in zip(
            self.layers, tails.split([2 * one for one in self.config.dilations], dim=1), strict=True
        ):
            x, last = layer(x, tail)
            kept.append(last)
        return self.norm(x), torch.cat(kept, dim=1)


class GeluLinear(nn.Linear):
    """A linear layer and the GELU of its sums."""

    def forward(self, x: Tensor) -> Tensor:
        """(..., I) -> (..., O)."""
        return F.gelu(super().forward(x))


class CausalLayer(nn.Module):
    """A residual layer that sees three frames, a dilation apart, the last of them the present one."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.mix = GeluLinear(3 * width, width)

    def forward(self, x: Tensor, tail: Tensor) -> tuple[Tensor, Tensor]:
        """x (B, T, W) and what came before it (B, 2 * dilation, W) -> x further on, and the last of what it saw.

        What it sees it keeps in the dtype of `tail`.
        """
        seen = torch.cat([tail, self.norm(x).to(tail.dtype)], dim=1)
        count, step = x.shape[1], self.dilation
        if count == 1:
            three = seen[:, ::step].flatten(1)[:, None]
        else:
            three = seen.unfold(1, 2 * step + 1, 1)[..., ::step].transpose(2, 3).flatten(2).contiguous()
        return x + self.mix(three), seen[:, count:]


class OneFrame:
    """All causal layers, for use where frames come one by one: what they make of the past is one product.

    It holds numbers of its own, of the encoder's layers as they are, rounded to `kept`. GELU is written out: torch's
    takes several times as long to begin with.
    """

    @torch.no_grad()
    def __init__(self, encoder: PhoneticEncoder, kept: torch.dtype) -> None:
        layers = [layer for layer in encoder.layers if isinstance(layer, CausalLayer)]
        width, device = encoder.config.width, encoder.norm.weight.device
        weights = [(_ROOT * layer.mix.weight.t()).to(kept) for layer in layers]
        self._past = torch.stack([weight[: 2 * width] for weight in weights])
        self._bias = torch.stack([_ROOT * layer.mix.bias[None] for layer in layers]).to(kept)
        self._now = [weight[2 * width :].float().contiguous() for weight in weights]
        self._norms = [(layer.norm.weight.clone(), layer.norm.bias.clone()) for layer in layers]
        asked, after, start, end = [], [], 0, 2 * sum(layer.dilation for layer in layers)
        for place, layer in enumerate(layers):
            asked += [start, start + layer.dilation]
            after += [*range(start + 1, start + 2 * layer.dilation), end + place]
            start += 2 * layer.dilation
        self._asked, self._after = torch.tensor(asked, device=device), torch.tensor(after, device=device)

    def __call__(self, x: Tensor, tails: Tensor) -> tuple[Tensor, Tensor]:
        """x (B, W) of the frame and what came before it (see `PhoneticState`) -> x further on, and the tails after."""
        heard = tails.index_select(1, self._asked).view(len(x), len(self._now), -1).transpose(0, 1)
        seen = [tails]
        past = torch.baddbmm(self._bias, heard, self._past).float()
        for before, weight, norm in zip(past.unbind(), self._now, self._norms, strict=True):
            inner = torch.layer_norm(x, x.shape[-1:], *norm, 1e-6, False).to(tails.dtype)
            made = torch.addmm(before, inner.float(), weight)
            x = torch.add(x, torch.addcmul(made, made, made.erf()), alpha=_ROOT)
            seen.append(inner[:, None])
        return x, torch.cat(seen, dim=1).index_select(1, self._after)
