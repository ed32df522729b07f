from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.encode.test_speakers import tiny
from tests.training.test_scenes import data  # noqa: F401
from visavis.core.errors import VisavisError
from visavis.core.files import read_json
from visavis.encode.speaker_files import load_voices
from visavis.training.scenes import SceneBatch
from visavis.training.speakers import (
    SpeakersObjective,
    SpeakersObjectiveConfig,
    _run,
    moved,
    recorded_people,
    train_speakers,
)

SMALL = {
    "network.mel.bands": "16",
    "network.frames": "50",
    "network.width": "16",
    "network.dilations": "1,2",
    "network.heads": "2",
    "network.embedding": "8",
    "scenes": "16",
    "objective.shift": "0.5",
    "objective.masks": "0",
    "loop.schedule.steps": "60",
    "loop.schedule.warmup": "5",
    "loop.optimizer.lr": "0.01",
    "loop.batch_size": "8",
    "loop.ema": "0.9",
    "loop.validate_every": "0",
}


def test_it_learns_who_speaks_and_leaves_a_network(data: Path, tmp_path: Path) -> None:  # noqa: F811
    report = train_speakers(data, tmp_path / "run", overrides=SMALL)
    assert report.steps == 60
    assert report.losses["error"] < 0.7 * report.history[0]["error"]
    network = load_voices(tmp_path / "run")
    assert network.config.frames == 50
    assert read_json(tmp_path / "run" / "recipe.json")["scenes"] == 16


def test_a_run_goes_on_where_it_stopped(data: Path, tmp_path: Path) -> None:  # noqa: F811
    short = {**SMALL, "loop.schedule.steps": "8", "loop.schedule.shape": "constant"}
    whole = train_speakers(data, tmp_path / "whole", overrides=short)
    saved = {**short, "loop.checkpoint_every": "4"}
    with pytest.raises(VisavisError, match="is not empty"):
        train_speakers(data, tmp_path / "whole", overrides=short)
    again = train_speakers(data, tmp_path / "again", overrides=saved)
    assert again.validation["loss"] == pytest.approx(whole.validation["loss"])
    assert train_speakers(data, tmp_path / "again", resume=True, overrides=saved).steps == 8


def batch() -> SceneBatch:
    generator = torch.Generator().manual_seed(2)
    features = torch.randn(3, 2, 50, 34, generator=generator)
    speaking = (torch.rand(3, 2, 50, 2, generator=generator) > 0.5).float()
    return SceneBatch(features, speaking, torch.arange(6).view(3, 2))


def test_the_loss_does_not_know_the_order_of_people() -> None:
    objective = SpeakersObjective(tiny(), SpeakersObjectiveConfig()).eval()
    one = batch()
    other = SceneBatch(one.features, one.speaking.flip(-1), one.people.flip(-1))
    losses = [objective(given, torch.Generator().manual_seed(0)) for given in (one, other)]
    assert set(losses[0]) == {"loss", "activity", "error", "contrast", "again"}
    for name, loss in losses[0].items():
        assert loss.item() == pytest.approx(losses[1][name].item(), rel=1e-5)


def test_training_disturbs_both_windows_of_a_scene_alike_and_leaves_levels() -> None:
    objective = SpeakersObjective(tiny(), SpeakersObjectiveConfig(shift=2.0, masks=1)).train()
    given = batch().features
    given[:, 1] = given[:, 0]
    disturbed = objective.disturbed(given, torch.Generator().manual_seed(1))
    assert torch.equal(disturbed[:, 0], disturbed[:, 1])
    assert torch.equal(disturbed[..., -2:], given[..., -2:])
    assert not torch.allclose(disturbed, given)


def test_spectra_move_by_bands_and_parts_of_bands() -> None:
    spectrum = torch.tensor([0.0, 0, 4, 0, 0])
    assert (spectrum @ moved(5, torch.tensor([0.0]))[0]).tolist() == [0, 0, 4, 0, 0]
    assert (spectrum @ moved(5, torch.tensor([1.0]))[0]).tolist() == [0, 0, 0, 4, 0]
    assert (spectrum @ moved(5, torch.tensor([-0.25]))[0]).tolist() == [0, 1, 3, 0, 0]
    assert (torch.tensor([3.0, 0, 0]) @ moved(3, torch.tensor([1.0]))[0]).tolist() == [3, 3, 0]


def test_people_recorded_alone_are_folders(data: Path, tmp_path: Path) -> None:  # noqa: F811
    for number, name in enumerate(("ada", "bo")):
        (tmp_path / "people" / name).mkdir(parents=True)
        source = data / f"clip{number}_speaker1.wav"
        (tmp_path / "people" / name / "one.wav").write_bytes(source.read_bytes())
    first, second = recorded_people(tmp_path / "people", 10)
    assert [first[0].person, second[0].person] == [10, 11]
    truth = np.arange(300) // 40 % 2 == 0
    assert (first[0].speaking == truth).mean() > 0.95
    with pytest.raises(VisavisError, match="holds nobody"):
        recorded_people(data, 0)


def test_the_command_says_what_is_wrong_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run([str(tmp_path / "nothing"), "--out", str(tmp_path / "run")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
