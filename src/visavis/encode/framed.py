"""Sound itself as the features: for models that have their own ears (DualTalk's published form).

Shapes: B conversations, S samples, T frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from torch import Tensor, nn

from visavis.core.bounds import Size, require_bounds
from visavis.core.clock import SAMPLES_PER_FRAME
from visavis.encode.normalise import RunningLevel, VoiceNormaliser


@dataclass(frozen=True)
class FramedConfig:
    """frames_per_turn: length of a turn. normalise: over the whole "recording" (published), or "running"."""

    tag: ClassVar[str] = "framed"

    frames_per_turn: Size = 25
    normalise: Literal["recording", "running"] = "recording"

    def __post_init__(self) -> None:
        require_bounds(self)

    @property
    def frames_at_once(self) -> int:
        """Frames that are heard by themselves: whole turns."""
        return self.frames_per_turn


class FramedEncoder(nn.Module):
    """Sound (B, T * 640) -> normalised sound, frame by frame (B, T, 640)."""

    def __init__(self, config: FramedConfig) -> None:
        super().__init__()
        self.config = config
        self.width = SAMPLES_PER_FRAME
        self.normaliser = VoiceNormaliser(config.normalise, config.frames_per_turn)

    def prepared(self, recording: Tensor) -> Tensor:
        """A whole recording (S,) at 16 kHz as `encode` wants it."""
        return self.normaliser.prepared(recording)

    def init_state(self, batch: int) -> RunningLevel:
        """The state before any sound."""
        return self.normaliser.init_state(batch)

    def encode(self, sound: Tensor, state: RunningLevel) -> tuple[Tensor, RunningLevel]:
        """Whole turns of sound (B, T * 640) by frames, and the state after them."""
        turns, level = self.normaliser.turns(sound, state)
        return turns.flatten(1).unflatten(1, (-1, self.width)), level
