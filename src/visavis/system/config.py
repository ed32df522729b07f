"""The recipe of a whole system, saved beside its weights as recipe.json."""

from __future__ import annotations

from dataclasses import dataclass, field

from visavis.encode.framed import FramedConfig
from visavis.encode.mel import MelConfig
from visavis.encode.phonetic import PhoneticConfig
from visavis.encode.speech import Wav2VecConfig
from visavis.models.dualtalk.model import DualTalkConfig
from visavis.models.timar.model import TimarConfig
from visavis.models.timar.rollout import DrawingConfig
from visavis.sampling.config import SamplingConfig


@dataclass(frozen=True)
class SystemConfig:
    """A speech encoder, a model, how it draws (DualTalk does not), and the motion space it speaks."""

    name: str
    space: str = "arkit61"
    speech: MelConfig | PhoneticConfig | FramedConfig | Wav2VecConfig = field(default_factory=MelConfig)
    model: TimarConfig | DualTalkConfig = field(default_factory=TimarConfig)
    drawing: DrawingConfig = field(default_factory=DrawingConfig)
    sampling: SamplingConfig = field(default_factory=SamplingConfig)
