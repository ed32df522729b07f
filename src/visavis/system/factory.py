"""Making the parts that a system's config asks for; configs name their classes by tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from visavis.core.contract import StreamingModel
from visavis.core.errors import VisavisError, unknown
from visavis.core.protocols import Sampler, SpeechEncoder
from visavis.core.spaces import MotionSpace
from visavis.encode.framed import FramedConfig, FramedEncoder
from visavis.encode.mel import MelConfig, MelEncoder
from visavis.encode.phonetic import PhoneticConfig, PhoneticEncoder
from visavis.encode.speech import Wav2VecConfig, Wav2VecEncoder
from visavis.layers.standard import Standardised
from visavis.sampling.config import sampler_for
from visavis.system.config import SystemConfig
from visavis.system.specs import spec_of

MOST_WEIGHTS = 4_000_000_000
"""Five times those of the largest recipe; 16 GB."""

_ENCODERS: Mapping[type, Callable[[Any], SpeechEncoder[Any]]] = {
    MelConfig: MelEncoder,
    PhoneticConfig: PhoneticEncoder,
    FramedConfig: FramedEncoder,
    Wav2VecConfig: Wav2VecEncoder,
}


def make_encoder(config: SystemConfig) -> SpeechEncoder[Any]:
    """The speech encoder, one with weights of its own not yet trained.

    Raises `VisavisError` for an unknown one, and where it must be had from elsewhere, or hears other turns.
    """
    speech = config.speech
    if type(speech) not in _ENCODERS:
        known = [getattr(kind, "tag", kind.__name__) for kind in _ENCODERS]
        raise unknown("speech encoder", getattr(speech, "tag", type(speech).__name__), known)
    turn = speech.frames_at_once
    interface = config.interface
    heard = interface.of_kind("speech")
    windows = all(interface.span(one) > interface.hop and not one.ahead for one in heard)
    if turn is not None and (interface.hop % turn if windows else turn != interface.hop):
        raise VisavisError(
            f"the speech encoder hears turns of {turn} frames, the model draws turns of {interface.hop}; "
            f"set speech.frames_per_turn to {interface.hop}"
        )
    if turn is not None and not windows and any(one.ahead or interface.span(one) != turn for one in heard):
        raise VisavisError(
            f"the speech encoder hears whole turns of {turn} frames, the model is given speech frame by frame; "
            "choose an encoder that hears so, such as mel"
        )
    return _ENCODERS[type(speech)](speech)


def make_model(config: SystemConfig, features: int, channels: int) -> Standardised:
    """The network with fresh weights, for so many speech features and motion channels.

    Raises `VisavisError`, before anything is allocated, for sizes that make more than `MOST_WEIGHTS`.
    """
    outline(config, features, channels)
    model: Standardised = spec_of(config.model).build(config.model, features, channels)
    return model


def outline(config: SystemConfig, features: int, channels: int) -> Standardised:
    """The network without numbers: the shapes of its weights, which take no memory. Raises as `make_model`."""
    with torch.device("meta"):
        model: Standardised = spec_of(config.model).build(config.model, features, channels)
    weights = sum(weight.numel() for weight in model.parameters())
    if weights > MOST_WEIGHTS:
        raise VisavisError(
            f"{config.name} would have {weights:,} weights; at most {MOST_WEIGHTS:,} are possible; choose smaller sizes"
        )
    return model


def make_rollout(
    model: Standardised, config: SystemConfig, space: MotionSpace, context: int | None
) -> StreamingModel[Any]:
    """The order in which the network draws; `context` steps of history (None: as trained)."""
    return spec_of(config.model).rollout(model, config.drawing, space, context)


def guidable(config: SystemConfig) -> bool:
    """Whether guidance changes what is drawn."""
    return spec_of(config.model).guidable(config.model)


def make_sampler(config: SystemConfig) -> Sampler:
    """How the network's predictions become draws: as the model says that it was trained."""
    return sampler_for(config.model.denoising, config.sampling)
