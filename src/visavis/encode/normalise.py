"""Normalisation of voices to zero mean and unit variance: over a whole recording, or running.

Shapes: B conversations, S samples, P turns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError

_LEAST_VARIANCE = 1e-7
_FIRST_LEVEL_DB = -26.0


@dataclass(frozen=True)
class RunningLevel:
    """Running statistics of each voice (B,): `turns` they are of, its mean sample and mean squared sample."""

    turns: Tensor
    mean: Tensor
    square: Tensor


def normalise_recording(sound: Tensor) -> Tensor:
    """A whole recording (..., S) with zero mean and unit variance, as the hub's feature extractor makes it.

    The published models are fed so (TIMAR, DualTalk). It is not causal: every sample depends on all others.
    """
    return _scaled(sound, sound.mean(-1), sound.var(-1, correction=0))


class VoiceNormaliser(nn.Module):
    """Cuts sound into turns that the published speech encoders can take.

    "recording": whole recordings are normalised beforehand, by `prepared` (published). "running": each turn is
    measured against everything heard up to its own end, so no later turn is needed; before anything is heard a
    voice counts as one turn at -26 dB of full scale, the nominal level of speech. It nears the published form as
    the recording goes on.
    """

    def __init__(self, over: Literal["recording", "running"], frames_per_turn: int) -> None:
        super().__init__()
        if frames_per_turn < 1:
            raise VisavisError(f"frames_per_turn cannot be {frames_per_turn}; it is at least 1")
        self.over = over
        self.frames_per_turn = frames_per_turn
        self.first_square: Tensor
        self.register_buffer("first_square", torch.tensor(10 ** (_FIRST_LEVEL_DB / 10)), persistent=False)

    def prepared(self, recording: Tensor) -> Tensor:
        """A whole recording (S,) at 16 kHz as `turns` wants it."""
        return normalise_recording(recording) if self.over == "recording" else recording

    def init_state(self, batch: int) -> RunningLevel:
        """The level before anything is heard."""
        return RunningLevel(
            self.first_square.new_ones(batch), self.first_square.new_zeros(batch), self.first_square.repeat(batch)
        )

    def turns(self, sound: Tensor, level: RunningLevel) -> tuple[Tensor, RunningLevel]:
        """Whole turns of sound (B, S) as (B, P, S / P), normalised, and the level after them.

        Raises `VisavisError` for sound that is not whole turns.
        """
        samples = samples_in(self.frames_per_turn)
        if not sound.shape[-1] or sound.shape[-1] % samples:
            raise VisavisError(
                f"the speech encoder takes whole turns of {samples} samples ({self.frames_per_turn} frames); "
                f"{sound.shape[-1]} were given"
            )
        turns = sound.unflatten(-1, (-1, samples))
        if self.over == "recording":
            return turns, level
        normalised = []
        for turn in turns.unbind(1):
            level = _updated(turn, level)
            variance = (level.square - level.mean.square()).clamp_min(0)
            normalised.append(_scaled(turn, level.mean, variance))
        return torch.stack(normalised, dim=1), level


def _updated(turn: Tensor, level: RunningLevel) -> RunningLevel:
    turns = level.turns + 1
    mean = level.mean + (turn.mean(-1) - level.mean) / turns
    square = level.square + (turn.square().mean(-1) - level.square) / turns
    return RunningLevel(turns, mean, square)


def _scaled(sound: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    return (sound - mean[..., None]) / (variance[..., None] + _LEAST_VARIANCE).sqrt()
