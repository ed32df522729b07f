"""Where names meet classes: the parts that a system's config asks for."""

from __future__ import annotations

from typing import Any

from visavis.core.errors import VisavisError
from visavis.core.protocols import Room, Sampler, SpeechEncoder
from visavis.core.spaces import MotionSpace
from visavis.encode.framed import FramedConfig, FramedEncoder
from visavis.encode.mel import MelConfig, MelEncoder
from visavis.encode.phonetic import PhoneticConfig, PhoneticEncoder
from visavis.encode.speech import Wav2VecEncoder
from visavis.models.dualtalk.model import DualTalk
from visavis.models.dualtalk.rollout import Rollout as DualTalkRollout
from visavis.models.timar.model import Timar, TimarConfig
from visavis.models.timar.rollout import Rollout as TimarRollout
from visavis.models.timar.trunk import make_timar
from visavis.sampling.config import sampler_for
from visavis.system.config import SystemConfig

Model = Timar | DualTalk


def make_encoder(config: SystemConfig) -> SpeechEncoder[Any]:
    """The speech encoder, one with weights of its own not yet trained.

    Raises `VisavisError` where it must be had from elsewhere, or hears other turns.
    """
    if isinstance(config.speech, MelConfig):
        return MelEncoder(config.speech)
    if isinstance(config.speech, PhoneticConfig):
        return PhoneticEncoder(config.speech)
    if config.speech.frames_per_turn != config.model.frames_per_turn:
        raise VisavisError(
            f"the speech encoder hears turns of {config.speech.frames_per_turn} frames, the model draws turns of "
            f"{config.model.frames_per_turn}; set speech.frames_per_turn to {config.model.frames_per_turn}"
        )
    if isinstance(config.speech, FramedConfig):
        return FramedEncoder(config.speech)
    return Wav2VecEncoder(config.speech)


def make_model(config: SystemConfig, features: int, channels: int) -> Model:
    """The network with fresh weights, for so many speech features and motion channels."""
    if isinstance(config.model, TimarConfig):
        return make_timar(config.model, features, channels)
    return DualTalk(config.model, features, channels)


def make_room(model: Model, config: SystemConfig, space: MotionSpace, context: int | None) -> Room[Any]:
    """The order in which the network draws; `context` turns of history (None: as trained)."""
    if isinstance(model, Timar):
        spoken, smiling = (space.parts.get(part, ()) for part in ("articulation", "smiling"))
        return TimarRollout(model, config.drawing, context, spoken, smiling)
    if config.drawing.history == "cached":
        raise VisavisError(f"{config.name} is a DualTalk, which keeps nothing between turns; set history to 'exact'")
    return DualTalkRollout(model, context)


def guidable(config: SystemConfig) -> bool:
    """Whether guidance changes what is drawn: TIMAR with a generative head."""
    return isinstance(config.model, TimarConfig) and config.model.head != "mlp"


def make_sampler(config: SystemConfig) -> Sampler:
    """How the network's predictions become draws: as the model says that it was trained."""
    return sampler_for(config.model.denoising, config.sampling)
