from __future__ import annotations

from pathlib import Path

import pytest
import torch

import visavis
from tests.small_systems import make
from visavis.system.folder import save_system
from visavis.training.average import main


def saved(folder: Path, name: str, seed: int) -> Path:
    system = make(name)
    torch.manual_seed(seed)
    for weights in system.model.parameters():
        weights.data.add_(0.1 * torch.randn_like(weights))
    folder.mkdir()
    save_system(system, folder)
    return folder


def test_weights_lie_between_and_the_folder_is_a_model(tmp_path: Path) -> None:
    before, after = (saved(tmp_path / name, "timar shipped", seed) for seed, name in enumerate(("a", "b")))
    assert main([str(before), str(after), "--share", "0.25", "--out", str(tmp_path / "c")]) == 0
    one, other, mixed = (
        visavis.load_trainable(str(folder)).model.state_dict() for folder in (before, after, tmp_path / "c")
    )
    for name, value in mixed.items():
        if value.is_floating_point():
            torch.testing.assert_close(value, 0.75 * one[name] + 0.25 * other[name])


def test_what_does_not_fit_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = (saved(tmp_path / name[-4:], name, 0) for name in ("timar shipped", "timar paper"))
    assert main([str(before), str(after), "--out", str(tmp_path / "c")]) == 2
    assert "have other weights; give two runs of one recipe" in capsys.readouterr().err
    assert main([str(before), str(before), "--share", "2", "--out", str(tmp_path / "c")]) == 2
    assert "share cannot be 2.0" in capsys.readouterr().err
    assert not (tmp_path / "c").exists()
