"""Training of the network that tells voices apart in a mixed recording, and hears who of two people speaks.

    python -m visavis.training.speakers DATA --out RUN [--people DIR] [--resume] [--section.key value ...]

Shapes: N scenes of 2 windows, T frames, F features, P = 2 people.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import torch
import tyro
from torch import Tensor, nn

from visavis.core.bounds import Bounds, OptionalDepth, Share, Size, Weight, require_bounds
from visavis.core.config import gather_overrides, override, read_overrides
from visavis.core.errors import VisavisError
from visavis.core.program import exit_status
from visavis.data.folder import list_clips
from visavis.data.sound import read_sound
from visavis.encode.activity import speech_activity
from visavis.encode.speaker_files import save_voices
from visavis.encode.speakers import SpeakerNetwork, SpeakersConfig
from visavis.training.loop import FitReport, fit
from visavis.training.loop_config import LoopConfig, OptimizerConfig, ScheduleConfig
from visavis.training.run import training_clips
from visavis.training.scenes import SceneBatch, Scenes, Spectra, Track
from visavis.training.speaker_losses import activity_loss, voice_losses

_VALIDATION_SCENES = 96


@dataclass(frozen=True)
class SpeakersObjectiveConfig:
    """contrast, again: weights of the two losses of voices beside that of activity, see `speaker_losses`; their
    `temperature`. shift: spectra of a scene are moved by up to so many bands: other voices. masks, mask_bands: so many
    stretches of up to so many bands are hidden in training.
    """

    contrast: Weight = 0.15
    again: Weight = 0.3
    temperature: Annotated[float, Bounds(0.001, 10)] = 0.1
    shift: Annotated[float, Bounds(0, 20)] = 3.0
    masks: OptionalDepth = 2
    mask_bands: OptionalDepth = 10
    mask_chance: Share = 0.5

    def __post_init__(self) -> None:
        require_bounds(self)


@dataclass(frozen=True)
class SpeakersRecipe:
    """The whole of a training on so many `scenes`, each of which comes again every epoch."""

    network: SpeakersConfig = field(default_factory=SpeakersConfig)
    objective: SpeakersObjectiveConfig = SpeakersObjectiveConfig()
    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(
            optimizer=OptimizerConfig(lr=3e-3, betas=(0.9, 0.98)),
            schedule=ScheduleConfig(steps=2000, warmup=100),
            ema=0.99,
            validate_every=100,
            checkpoint_every=100,
            validation_windows=_VALIDATION_SCENES,
        )
    )
    scenes: Size = 2500

    def __post_init__(self) -> None:
        require_bounds(self)


class SpeakersObjective(nn.Module):
    """Holds the network that is trained; called with a batch of scenes it gives the losses."""

    def __init__(self, network: SpeakerNetwork, config: SpeakersObjectiveConfig) -> None:
        super().__init__()
        self.network, self.config = network, config

    def forward(self, batch: SceneBatch, generator: torch.Generator) -> Mapping[str, Tensor]:
        """Scalar losses: "loss"; "activity", "contrast", "again"; and "error", the share of frames judged wrongly."""
        config = self.config
        features = self.disturbed(batch.features, generator) if self.training else batch.features
        heard = self.network(features.flatten(0, 1))
        activity = activity_loss(heard.logits, batch.speaking.flatten(0, 1))
        voices = heard.voices.unflatten(0, batch.features.shape[:2])
        contrast, again = voice_losses(voices, batch.speaking, batch.people, config.temperature)
        loss = activity.loss + config.contrast * contrast + config.again * again
        return {"loss": loss, "activity": activity.loss, "error": activity.error, "contrast": contrast, "again": again}

    def disturbed(self, features: Tensor, generator: torch.Generator) -> Tensor:
        """Features (N, 2, T, F) whose spectra are moved along frequency, each scene's alike, and have bands missing."""
        config, bands = self.config, self.network.config.mel.bands

        def between(low: float, high: float) -> Tensor:
            drawn = torch.rand(len(features), generator=generator, device=generator.device)
            return (low + (high - low) * drawn).to(features.device)

        spectra, levels = features[..., : 2 * bands].unflatten(-1, (2, bands)), features[..., 2 * bands :]
        moves = moved(bands, between(-config.shift, config.shift))
        spectra = (spectra.flatten(1, -2) @ moves).view(spectra.shape)
        places = torch.arange(bands, device=features.device)
        for _ in range(config.masks):
            size = (between(0, config.mask_bands + 1) * (between(0, 1) < config.mask_chance)).floor()
            start = (between(0, 1) * (bands - size + 1)).floor()
            hidden = (places >= start[:, None]) & (places < (start + size)[:, None])
            spectra = spectra.masked_fill(hidden[:, None, None, None], 0.0)
        return torch.cat([spectra.flatten(-2), levels], dim=-1)


def moved(bands: int, by: Tensor) -> Tensor:
    """Matrices (N, M, M) that spectra are multiplied by to move them `by` (N,) bands up, on straight lines between
    bands; what lies beyond the last is like the last."""
    places = (torch.arange(bands, device=by.device) - by[:, None]).clamp(0, bands - 1)
    sources = torch.arange(bands, device=by.device)[:, None]
    return (1 - (sources - places[:, None]).abs()).clamp_min(0)


def recorded_people(folder: Path, first: int) -> list[list[Track]]:
    """People recorded alone: every folder in `folder` is a person, and each .wav at 16 kHz in it somebody's talk.

    They get the numbers from `first` on. Raises `VisavisError` where there is nobody.
    """
    people = [
        [Track(path, speech_activity(read_sound(path)), number) for path in sorted(person.glob("*.wav"))]
        for number, person in enumerate(sorted(place for place in folder.glob("*") if place.is_dir()), first)
    ]
    if not any(people):
        raise VisavisError(f"{folder} holds nobody; give a folder of people, each a folder of .wav files at 16 kHz")
    return [tracks for tracks in people if tracks]


def train_speakers(
    data: Path,
    out: Path,
    people: Path | None = None,
    resume: bool = False,
    overrides: Mapping[str, str] | None = None,
) -> FitReport:
    """Train the network on DIR/train of simulated conversations, and leave it in `out`.

    Every 20th conversation is kept out and validated on. `people`: others recorded alone, see `recorded_people`.
    Scenes are kept in `out`/scenes. Raises `VisavisError` as `visavis train` does.
    """
    recipe = override(SpeakersRecipe(), overrides or {})
    torch.manual_seed(recipe.loop.seed)
    network = SpeakerNetwork(recipe.network)
    objective = SpeakersObjective(network, recipe.objective)
    shape = SceneShape(network.spectra, recipe.network.frames, recipe.scenes, _VALIDATION_SCENES)

    def save() -> None:
        save_voices(network, out)

    return fit_to_scenes(objective, recipe.loop, shape, data, people, out, resume, save, recipe)


@dataclass(frozen=True)
class SceneShape:
    """What a network learns from: `count` scenes in windows of so many `frames`, as its `spectra`; `held` at most are
    validated on."""

    spectra: Spectra
    frames: int
    count: int
    held: int


def fit_to_scenes(
    objective: nn.Module,
    loop: LoopConfig,
    shape: SceneShape,
    data: Path,
    people: Path | None,
    out: Path,
    resume: bool,
    save: Callable[[], None],
    recipe: Any,
) -> FitReport:
    """Train on scenes of DIR/train of simulated conversations, every 20th kept out and validated on, and of `people`
    (see `recorded_people`); scenes are kept in `out`/scenes. `save` is called at each validation and at the end."""
    train_clips, validation_clips = training_clips(data)
    others = [] if people is None else recorded_people(people, 2 * len(list_clips(data)))
    seed, kept = loop.seed, out / "scenes"
    scenes = Scenes(train_clips, others, shape.spectra, shape.frames, shape.count, kept / "train", seed)
    held = min(shape.held, shape.count)
    validation = Scenes(validation_clips, [], shape.spectra, shape.frames, held, kept / "validation", seed + 1)

    def on_validate(_: nn.Module, step: int) -> dict[str, float]:
        del step
        save()
        return {}

    report = fit(objective, loop, scenes, validation, out, resume=resume, on_validate=on_validate, recipe=recipe)
    save()
    return report


def main(
    data: tyro.conf.Positional[Path],
    out: Path,
    people: Path | None = None,
    resume: bool = False,
    override: Annotated[tuple[str, ...], tyro.conf.arg(metavar="SECTION.KEY=VALUE")] = (),
) -> None:
    """Train the network that tells voices apart.

    Args:
        data: a data folder of simulated conversations, with phrases in their event logs.
        out: the run's folder; `visavis.encode.speaker_files.load_voices` takes it.
        people: a folder with one folder for each of other people, of .wav files at 16 kHz of them alone.
        resume: go on with the run that lies there.
        override: recipe keys, also written `--section.key value`.
    """
    report = train_speakers(data, out, people, resume, read_overrides(override))
    print(f"{report.steps} steps in {report.seconds / 60:.0f} min; validation: {dict(report.validation)}")


def _run(given: Sequence[str]) -> int:
    return exit_status(lambda: tyro.cli(main, args=gather_overrides(given)))


if __name__ == "__main__":
    sys.exit(_run(sys.argv[1:]))
