from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import nn

from tests.training.dummy import DummyObjective
from visavis.core.errors import VisavisError
from visavis.training import checkpoints as module
from visavis.training.checkpoints import Progress, Trained, checkpoints, folder_of, load_averaged, restore, save, sweep
from visavis.training.ema import Ema
from visavis.training.loop_config import OptimizerConfig
from visavis.training.optimizer import make_optimizer


def trained(seed: int = 0) -> Trained:
    objective = DummyObjective()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in objective.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    ema, optimizer = Ema(objective, 0.9), make_optimizer(objective, OptimizerConfig())
    for parameter in (objective.first.weight, objective.second.bias):
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    ema.update(1)
    return Trained(objective, ema, optimizer)


def test_everything_comes_back(tmp_path: Path) -> None:
    one, other = trained(0), trained(1)
    one.objective.get_buffer("scale").fill_(2.5)
    path = save(tmp_path, one, Progress(7, 1.5, 2), keep=2)
    assert restore(path, other) == Progress(7, 1.5, 2)
    for name, parameter in one.ema.parameters.items():
        assert torch.equal(parameter, other.ema.parameters[name])
        assert torch.equal(one.ema.average[name], other.ema.average[name])
    assert torch.equal(other.objective.get_buffer("scale"), torch.full((3,), 2.5))
    weight, its = one.ema.parameters["first.weight"], other.ema.parameters["first.weight"]
    for part, tensor in one.optimizer.state[weight].items():
        assert torch.equal(tensor, other.optimizer.state[its][part])


def test_frozen_weights_are_not_kept(tmp_path: Path) -> None:
    path = save(tmp_path, trained(), Progress(1), keep=1)
    with safe_open(path, framework="pt") as file:
        names = set(file.keys())
    assert "model.first.weight" in names
    assert not any("frozen" in name for name in names)


def test_averaged_weights_can_be_had_alone(tmp_path: Path) -> None:
    one, objective = trained(), DummyObjective()
    path = save(tmp_path, one, Progress(3), keep=1)
    assert load_averaged(path, objective).step == 3
    assert torch.equal(objective.first.weight, one.ema.average["first.weight"])
    assert not torch.equal(objective.first.weight, one.ema.parameters["first.weight"])


def test_the_last_few_are_kept_in_order(tmp_path: Path) -> None:
    one = trained()
    for step in (5, 10, 15, 100):
        save(tmp_path, one, Progress(step), keep=3)
    assert [path.name for path in checkpoints(tmp_path)] == [f"step-{step:08d}.safetensors" for step in (10, 15, 100)]


def test_half_written_files_are_never_picked_up(tmp_path: Path) -> None:
    one = trained()
    good = save(tmp_path, one, Progress(5), keep=9)
    torn = folder_of(tmp_path) / "step-00000010.safetensors"
    torn.write_bytes(good.read_bytes()[:-50])
    temporary = folder_of(tmp_path) / ".step-00000015.99.tmp.safetensors"
    temporary.write_bytes(good.read_bytes())
    (folder_of(tmp_path) / "step-00000020.safetensors").write_bytes(b"")
    assert checkpoints(tmp_path) == [good]
    sweep(tmp_path)
    assert not temporary.exists()
    assert good.exists()


def test_failure_while_writing_leaves_the_old_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = trained()
    good = save(tmp_path, one, Progress(5), keep=1)

    def disk_full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_flush", disk_full)
    with pytest.raises(VisavisError, match="No space left"):
        save(tmp_path, one, Progress(10), keep=1)
    assert list(folder_of(tmp_path).iterdir()) == [good]


def test_another_model_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path, trained(), Progress(5), keep=1)
    smaller = nn.Linear(2, 2)
    with pytest.raises(VisavisError, match="of another model"):
        load_averaged(path, smaller)


def test_other_files_are_not_checkpoints(tmp_path: Path) -> None:
    assert checkpoints(tmp_path) == []
    (tmp_path / "notes.safetensors").write_bytes(b"hello")
    with pytest.raises(VisavisError, match="not a checkpoint"):
        load_averaged(tmp_path / "notes.safetensors", DummyObjective())
