from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.small_systems import chunk_for, make
from visavis.core.errors import VisavisError
from visavis.layers.packed import PackedLinear
from visavis.system import shipped
from visavis.system.folder import save_system
from visavis.system.system import System


def frames(system: System) -> Tensor:
    return system.step(chunk_for(system, 30), system.init_state(1))[0].sample


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that ships two models."""
    for name in ("timar-small", "other"):
        save_system(make("timar shipped"), tmp_path / "models" / name)
    (tmp_path / "models" / "notes").mkdir()
    monkeypatch.setattr(shipped, "_MODELS", tmp_path / "models")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_shipped_model_loads_by_its_name(models: Path) -> None:
    assert shipped.known_models() == ["other", "timar-small"]
    assert shipped.load("other").config == make("timar shipped").config
    assert shipped.load().config == make("timar shipped").config
    assert models.is_dir()


def packed(system: System) -> bool:
    return any(isinstance(part, PackedLinear) for part in system.modules())


@pytest.mark.usefixtures("models")
def test_to_use_a_model_is_optimised_and_to_train_it_is_as_it_was_trained(tmp_path: Path) -> None:
    system, trainable = shipped.load("other"), shipped.load_trainable("other")
    assert packed(system)
    assert not packed(trainable)
    torch.testing.assert_close(frames(system), frames(trainable), atol=2e-5, rtol=0)
    save_system(trainable, tmp_path / "again")
    assert torch.equal(frames(shipped.load_trainable(tmp_path / "again")), frames(trainable))
    with pytest.raises(VisavisError, match=r"save the system it was made from \(load_trainable\)"):
        save_system(system, tmp_path / "never")
    with pytest.raises(VisavisError, match=r"cannot be moved or cast; load the model there"):
        system.to("meta")


def test_what_was_optimised_in_one_process_is_the_same_in_another(models: Path) -> None:
    assert shipped.load("other").fingerprint == shipped.load(models / "models" / "other").fingerprint


def test_a_folder_loads_by_its_place(models: Path) -> None:
    save_system(make("timar paper"), models / "run")
    assert shipped.load(models / "run").config.space == "flame56"
    assert shipped.load("run").config.space == "flame56"


def test_a_shipped_name_comes_before_a_folder_of_that_name(models: Path) -> None:
    save_system(make("timar paper"), models / "other")
    assert shipped.load("other").config.space == "arkit61"
    assert shipped.load("./other").config.space == "flame56"


def test_what_is_no_model_is_refused_naming_the_known_ones(models: Path) -> None:
    with pytest.raises(VisavisError, match=r"unknown model 'timar-smal'; did you mean 'timar-small'\? known: other, t"):
        shipped.load("timar-smal")
    with pytest.raises(VisavisError, match="is no model folder"):
        shipped.load(models)
    file = models / "weights.bin"
    file.write_bytes(b"")
    with pytest.raises(VisavisError, match=r"weights\.bin is damaged or no checkpoint"):
        shipped.load(file)


def test_every_model_in_the_package_loads() -> None:
    for name in shipped.known_models():
        assert shipped.load(name).config.name == name
