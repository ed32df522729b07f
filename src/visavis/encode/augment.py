"""Making training sound as varied as recordings are: gain, tilt, room noise, bleed, vocal tracts, missing bands.

Shapes: B windows, S samples, M mel bands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import torch
from torch import Tensor

from visavis.core.bounds import Bounds, Decibels, OptionalDepth, Share, require_bounds
from visavis.core.protocols import SpeechEncoder
from visavis.encode.phonetic import Disturbance, PhoneticEncoder


@dataclass(frozen=True)
class AugmentConfig:
    """gain_db: each voice is louder or softer by up to so much. tilt: strength of a random first-order filter.
    noise_db: least and greatest room noise, relative to full scale. bleed_db: likewise for the other voice in
    this one's channel, relative to itself. chance: how often noise and bleed are there at all.
    What only a phonetic encoder can take: warp: vocal tracts are shorter or longer by up to this share. masks,
    mask_bands: so many stretches of up to so many mel bands are hidden (SpecAugment, Park et al. 2019).
    """

    gain_db: Annotated[float, Bounds(0, 100)] = 12.0
    tilt: Share = 0.5
    noise_db: tuple[Decibels, Decibels] = (-80.0, -45.0)
    bleed_db: tuple[Decibels, Decibels] = (-60.0, -30.0)
    chance: Share = 0.7
    warp: Share = 0.0
    masks: OptionalDepth = 0
    mask_bands: OptionalDepth = 8

    def __post_init__(self) -> None:
        require_bounds(self)


AS_RECORDED = AugmentConfig(gain_db=0.0, tilt=0.0, chance=0.0)
"""Sound as it is."""


def augment(user: Tensor, agent: Tensor, config: AugmentConfig, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Both voices (B, S) as another microphone in another room would have recorded them."""

    def between(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(len(user), 1, generator=generator, device=generator.device).to(user)

    def amplitude(low_db: float, high_db: float, chance: float) -> Tensor:
        there = (between(0, 1) < chance).to(user)
        return there * 10 ** (between(low_db, high_db) / 20)

    def recorded(voice: Tensor, other: Tensor) -> Tensor:
        gain = amplitude(-config.gain_db, config.gain_db, 1.0)
        mixed = gain * (voice + amplitude(*config.bleed_db, config.chance) * other)
        mixed = mixed + between(-config.tilt, config.tilt) * torch.roll(mixed, 1, dims=1)
        noise = torch.randn(voice.shape, generator=generator, device=generator.device).to(user)
        return mixed + amplitude(*config.noise_db, config.chance) * noise

    return recorded(user, agent), recorded(agent, user)


@dataclass(frozen=True, eq=False)
class Augmented:
    """Both voices (B, S) as training hears them, and how spectra of the user's and then the agent's are disturbed; None
    for an encoder that cannot take that."""

    user: Tensor
    agent: Tensor
    disturbance: Disturbance | None


def augmented(
    encoder: SpeechEncoder[Any], user: Tensor, agent: Tensor, config: AugmentConfig, generator: torch.Generator
) -> Augmented:
    """Both voices (B, S), made as varied as this encoder can take."""
    user, agent = augment(user, agent, config, generator)
    if not isinstance(encoder, PhoneticEncoder):
        return Augmented(user, agent, None)
    return Augmented(user, agent, disturb(2 * len(user), encoder.config.mel.bands, config, generator))


def disturb(rows: int, bands: int, config: AugmentConfig, generator: torch.Generator) -> Disturbance:
    """A vocal tract, and bands that are missing, for each of so many voices."""
    device = generator.device
    factors = torch.exp((2 * torch.rand(rows, generator=generator, device=device) - 1) * config.warp)
    places = torch.arange(bands, device=device)
    hidden = torch.zeros(rows, bands, dtype=torch.bool, device=device)
    for _ in range(config.masks):
        size, start = torch.rand(2, rows, 1, generator=generator, device=device)
        size = (size * (config.mask_bands + 1)).floor()
        start = (start * (bands - size + 1)).floor()
        hidden |= (places >= start) & (places < start + size)
    return Disturbance(factors, hidden)
