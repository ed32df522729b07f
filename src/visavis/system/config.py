"""The recipe of a whole system, saved beside its weights as recipe.json."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from visavis.core.config import one_of
from visavis.core.contract import Interface, ModelConfig
from visavis.core.errors import VisavisError
from visavis.encode.framed import FramedConfig
from visavis.encode.mel import MelConfig
from visavis.encode.phonetic import PhoneticConfig
from visavis.encode.speech import Wav2VecConfig
from visavis.sampling.config import SamplingConfig
from visavis.system.specs import known_specs, spec_of


def _models() -> list[type]:
    return [spec.config for spec in known_specs()]


def _drawings() -> list[type]:
    return [spec.drawing for spec in known_specs()]


@dataclass(frozen=True)
class SystemConfig:
    """A speech encoder, a model, how it draws (None: as its kind usually does), and the motion space it speaks.

    Raises `VisavisError` for options of drawing that are of another kind of model.
    """

    name: str
    space: str = "arkit61"
    speech: MelConfig | PhoneticConfig | FramedConfig | Wav2VecConfig = field(default_factory=MelConfig)
    model: ModelConfig = field(default_factory=lambda: _models()[0](), metadata=one_of(_models))
    drawing: Any = field(default=None, metadata=one_of(_drawings))
    sampling: SamplingConfig = field(default_factory=SamplingConfig)

    def __post_init__(self) -> None:
        spec = spec_of(self.model)
        if self.drawing is None:
            object.__setattr__(self, "drawing", spec.drawing())
        if type(self.drawing) is not spec.drawing:
            raise VisavisError(
                f"{self.name}: the model is of kind {spec.tag!r}, drawing is {getattr(self.drawing, 'tag', None)!r}; "
                f"set drawing.tag to {spec.tag!r}, or leave drawing out"
            )

    @property
    def interface(self) -> Interface:
        """What the model takes and gives, as it was trained."""
        return spec_of(self.model).interface(self.model)
