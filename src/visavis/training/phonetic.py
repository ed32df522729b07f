"""Pretraining of the phonetic speech encoder: which phonemes sound and what the mouth does.

    python -m visavis.training.phonetic DATA --out RUN [--resume] [--section.key value ...]

Shapes: B windows, S samples, T frames, E features a frame, K mouth channels, C phonemes.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
import tyro
from torch import Tensor, nn

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.config import gather_overrides, override, read_overrides
from visavis.core.errors import VisavisError
from visavis.core.program import exit_status
from visavis.core.spaces import MotionSpace
from visavis.data.folder import Clip, read_events
from visavis.data.simulate.phonemes import PHONEMES
from visavis.data.windows import Batch, Focus, WindowSet, statistics
from visavis.encode.activity import speech_activity
from visavis.encode.augment import AugmentConfig, augment, disturb
from visavis.encode.phonetic import PhoneticConfig, PhoneticEncoder
from visavis.system.folder import save_speech
from visavis.training.loop import FitReport, fit
from visavis.training.loop_config import LoopConfig, OptimizerConfig, ScheduleConfig
from visavis.training.run import training_clips

_SOUNDS_AT_ONCE = 2
_PLACE = {name: place for place, name in enumerate(PHONEMES)}


@dataclass(frozen=True)
class PhoneticObjectiveConfig:
    """delays: how many frames ago the phoneme and the mouth were that a frame's features are asked for.

    mouth_weight: weight of the error of the mouth's channels. settling: frames at a window's start that do not count,
    for what they need of the past is missing.
    """

    delays: tuple[int, ...] = (0, 2, 4)
    mouth_weight: float = 1.0
    settling: int = 30
    augment: AugmentConfig = field(default_factory=lambda: AugmentConfig(warp=0.12, masks=2))


@dataclass(frozen=True)
class PhoneticRecipe:
    """The whole of a training: windows of `frames` frames in which at least `least_speech` of the time is spoken."""

    speech: PhoneticConfig = field(default_factory=PhoneticConfig)
    objective: PhoneticObjectiveConfig = field(default_factory=PhoneticObjectiveConfig)
    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(
            optimizer=OptimizerConfig(lr=1.5e-3), schedule=ScheduleConfig(steps=8_000, warmup=200), validate_every=1000
        )
    )
    frames: int = 200
    least_speech: float = 0.25


class PhoneticObjective(nn.Module):
    """Holds the encoder that is trained; called with a batch of labelled windows it gives the losses.

    What is asked of the features is asked by linear heads that are not kept.
    """

    mouth: Tensor
    mean: Tensor
    std: Tensor

    def __init__(
        self, encoder: PhoneticEncoder, mouth: Tensor, mean: Tensor, std: Tensor, config: PhoneticObjectiveConfig
    ) -> None:
        super().__init__()
        self.encoder = encoder.requires_grad_(True)
        self.config = config
        width = encoder.config.width
        self.phonemes = nn.ModuleList(nn.Linear(width, len(PHONEMES)) for _ in config.delays)
        self.mouths = nn.ModuleList(nn.Linear(width, len(mouth)) for _ in config.delays)
        self.register_buffer("mouth", mouth)
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)

    def forward(self, batch: Batch, generator: torch.Generator) -> Mapping[str, Tensor]:
        """Scalar losses: "loss"; "phoneme_K" cross-entropy and "mouth_K" squared error, K frames later."""
        if batch.agent_labels is None:
            raise VisavisError("these windows have no phoneme labels; make them with visavis.training.phonetic")
        features = self._features(batch, generator)
        motion = (batch.agent_motion[..., self.mouth] - self.mean) / self.std
        parts: dict[str, Tensor] = {}
        for delay, phoneme, mouth in zip(self.config.delays, self.phonemes, self.mouths, strict=True):
            kept = slice(self.config.settling, batch.agent_motion.shape[1] - delay)
            now = slice(kept.start + delay, kept.stop + delay)
            chances = F.log_softmax(phoneme(features[:, now]).float(), dim=-1)
            parts[f"phoneme_{delay}"] = -chances.gather(-1, batch.agent_labels[:, kept]).mean()
            parts[f"mouth_{delay}"] = (mouth(features[:, now]).float() - motion[:, kept]).square().mean()
        weights = {"phoneme": 1.0, "mouth": self.config.mouth_weight}
        loss = torch.stack([weights[name.partition("_")[0]] * part for name, part in parts.items()]).sum()
        return {"loss": loss, **parts}

    def _features(self, batch: Batch, generator: torch.Generator) -> Tensor:
        encoder, config = self.encoder, self.config.augment
        sound, disturbance = batch.agent_speech, None
        if self.training:
            _, sound = augment(batch.user_speech, sound, config, generator)
            disturbance = disturb(len(sound), encoder.config.mel.bands, config, generator)
        features, _ = encoder.encode(sound, encoder.init_state(len(sound)), disturbance)
        return features[..., encoder.mel.width :]


def phoneme_labels(clip: Clip, frames: int) -> np.ndarray:
    """Which phonemes of either speaker sound in each frame (2, frames, 2) uint8: places in `PHONEMES`.

    Two may sound in one frame; where one does, it is named twice.

    Raises `VisavisError` for a clip whose event log names none at all, or strange ones.
    """
    labels = np.zeros((2, frames, _SOUNDS_AT_ONCE), np.uint8)
    events = [event for event in read_events(clip) if event.kind == "phoneme"]
    strange = sorted({event.label for event in events} - set(_PLACE))
    if strange or not events:
        why = f"names strange phonemes: {' '.join(strange)}" if strange else "names no phonemes"
        raise VisavisError(
            f"the event log of {clip.name} {why}; bring conversations of `visavis simulate`, "
            "or labelled recordings of `visavis recordings`"
        )
    for event in events:
        spoken = labels[event.person - 1, event.onset : event.onset + max(event.duration, 1)]
        fresh = spoken[:, 0] == 0
        spoken[:, 1] = _PLACE[event.label]
        spoken[fresh, 0] = _PLACE[event.label]
    return labels


def train_phonetic(
    data: Path,
    out: Path,
    resume: bool = False,
    overrides: Mapping[str, str] | None = None,
    space: MotionSpace = ARKIT61,
) -> FitReport:
    """Train a phonetic encoder on DIR/train of a data folder with phonemes in its event logs, and leave it in `out`.

    Every 20th recording is kept out and validated on. Raises `VisavisError` as `visavis train` does, and for data
    without phonemes.
    """
    recipe = override(PhoneticRecipe(), overrides or {})
    train_clips, validation_clips = training_clips(data)
    mouth = torch.from_numpy(np.unique(np.concatenate([space.indices(name) for name in ("articulation", "jaw")])))
    facts = statistics(train_clips, space)
    mean, std = (torch.from_numpy(values)[mouth] for values in (facts.mean, facts.std))
    focus = Focus(frozenset(space.channels[index] for index in mouth), speech_activity)
    windows, validation = (
        WindowSet(clips, recipe.frames, space, focus=focus, least_counted=recipe.least_speech, labels=phoneme_labels)
        for clips in (train_clips, validation_clips)
    )
    torch.manual_seed(recipe.loop.seed)
    encoder = PhoneticEncoder(recipe.speech)
    objective = PhoneticObjective(encoder, mouth, mean, std, recipe.objective)

    def on_validate(_: nn.Module, step: int) -> dict[str, float]:
        del step
        save_speech(encoder, out)
        return {}

    report = fit(
        objective, recipe.loop, windows, validation, out, resume=resume, on_validate=on_validate, recipe=recipe
    )
    save_speech(encoder.requires_grad_(False).eval(), out)
    return report


def main(
    data: tyro.conf.Positional[Path],
    out: Path,
    resume: bool = False,
    override: Annotated[tuple[str, ...], tyro.conf.arg(metavar="SECTION.KEY=VALUE")] = (),
) -> None:
    """Train the phonetic speech encoder.

    Args:
        data: a data folder; its DIR/train needs phonemes in its event logs.
        out: the run's folder; `visavis train --speech` takes it.
        resume: go on with the run that lies there.
        override: recipe keys, also written `--section.key value`.
    """
    report = train_phonetic(data, out, resume, read_overrides(override))
    print(f"{report.steps} steps in {report.seconds / 60:.0f} min; validation: {dict(report.validation)}")


def _run(given: Sequence[str]) -> int:
    return exit_status(lambda: tyro.cli(main, args=gather_overrides(given)))


if __name__ == "__main__":
    sys.exit(_run(sys.argv[1:]))
