from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.training.test_scenes import data  # noqa: F401
from visavis.core.errors import VisavisError
from visavis.encode.segmentation import SETS, SegmentationNetwork
from visavis.encode.speaker_files import load_segmentation
from visavis.training.segmentation import (
    SegmentationObjective,
    _run,
    in_network_frames,
    sets_loss,
    train_segmentation,
)

SMALL = {
    "scenes": "2",
    "loop.log_every": "1",
    "loop.schedule.steps": "8",
    "loop.schedule.warmup": "2",
    "loop.optimizer.lr": "0.003",
    "loop.batch_size": "1",
    "loop.ema": "0.5",
    "loop.validate_every": "0",
}


def told(*speaking: tuple[int, ...]) -> torch.Tensor:
    """Log-likelihoods of frames (1, K, 7) that are sure of who speaks."""
    sure = torch.full((1, len(speaking), len(SETS)), -20.0)
    for frame, people in enumerate(speaking):
        sure[0, frame, SETS.index(people)] = 0.0
    return sure


def test_two_people_may_be_any_of_the_three() -> None:
    truth = torch.tensor([[[0.0, 0], [1, 0], [1, 1], [0, 1]]])
    for first, second in ((0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)):
        both = tuple(sorted((first, second)))
        loss, error = sets_loss(told((), (first,), both, (second,)), truth)
        assert loss < 1e-6
        assert error == 0
    loss, error = sets_loss(told((), (0,), (0, 1), (2,)), truth)
    assert loss > 1
    assert error == pytest.approx(2 / 8)


def test_speech_in_frames_of_motion_is_asked_for_in_those_of_the_network() -> None:
    speaking = torch.zeros(1, 250, 2)
    speaking[0, 100:150, 1] = 1
    asked = in_network_frames(speaking, 589)
    assert asked.shape == (1, 589, 2)
    assert asked[0, :, 0].sum() == 0
    assert abs(asked[0, :, 1].sum() * 0.016875 - 2) < 0.05


def test_filters_stay_and_the_rest_learns() -> None:
    objective = SegmentationObjective(SegmentationNetwork().requires_grad_(False))
    learns = {name for name, parameter in objective.network.named_parameters() if parameter.requires_grad}
    assert "classifier.weight" in learns
    assert "lstm.weight_ih_l0" in learns
    assert not any(name.startswith("sincnet") for name in learns)


def test_it_learns_and_leaves_a_network(data: Path, tmp_path: Path) -> None:  # noqa: F811
    report = train_segmentation(data, tmp_path / "run", overrides=SMALL)
    assert report.steps == 8
    assert report.losses["loss"] < 0.9 * report.history[0]["loss"]
    network = load_segmentation(tmp_path / "run")
    torch.save({"state_dict": network.state_dict()}, tmp_path / "start.pt")
    whole = {**SMALL, "kept": "1", "loop.schedule.steps": "2"}
    train_segmentation(data, tmp_path / "kept", tmp_path / "start.pt", overrides=whole)
    for one, other in zip(network.parameters(), load_segmentation(tmp_path / "kept").parameters(), strict=True):
        assert torch.equal(one, other)
    brief = {**SMALL, "loop.schedule.steps": "1", "loop.schedule.warmup": "0", "loop.optimizer.lr": "1e-9"}
    train_segmentation(data, tmp_path / "further", tmp_path / "start.pt", overrides=brief)
    again = load_segmentation(tmp_path / "further")
    for one, other in zip(network.parameters(), again.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_the_command_says_what_is_wrong_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run([str(tmp_path / "nothing"), "--out", str(tmp_path / "run")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(VisavisError, match="no file at"):
        train_segmentation(tmp_path, tmp_path / "run", tmp_path / "nothing.pt")
