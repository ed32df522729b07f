from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.small_systems import CONFIGS, chunk_for, make
from visavis.core.errors import VisavisError
from visavis.system.folder import RECIPE, WEIGHTS, load_folder, save_system, save_weights


@pytest.mark.parametrize("name", CONFIGS)
def test_a_saved_system_draws_the_same_motion(name: str, tmp_path: Path) -> None:
    system = make(name)
    save_system(system, tmp_path)
    loaded = load_folder(tmp_path)
    assert loaded.config == system.config
    assert not loaded.training
    chunk = chunk_for(system, 20)
    drawn, again = (one.step(chunk, one.init_state(1))[0].sample for one in (system, loaded))
    assert torch.equal(drawn, again)


def test_half_precision_halves_the_file_and_little_else(tmp_path: Path) -> None:
    system = make("timar shipped")
    save_system(system, tmp_path / "full")
    save_system(system, tmp_path / "half", half=True)
    sizes = [(tmp_path / kind / WEIGHTS).stat().st_size for kind in ("full", "half")]
    assert sizes[1] < 0.65 * sizes[0]
    loaded = load_folder(tmp_path / "half")
    assert {weights.dtype for weights in loaded.parameters()} == {torch.float32}
    chunk = chunk_for(system, 20)
    drawn, again = (one.step(chunk, one.init_state(1))[0].sample for one in (system, loaded))
    torch.testing.assert_close(drawn, again, atol=0.02, rtol=0)
    assert np.array_equal(loaded.mean_face, system.mean_face)
    units = [one.model.guide.covariance for one in (system, loaded) if one.model.guide is not None]
    assert torch.equal(units[0], units[1]), "rounded, a covariance need not be one"


def test_a_training_runs_recipe_is_understood(tmp_path: Path) -> None:
    system = make("timar shipped")
    save_system(system, tmp_path)
    recipe = json.loads((tmp_path / RECIPE).read_text())
    (tmp_path / RECIPE).write_text(json.dumps({"system": recipe, "loop": {"seed": 1}}))
    assert load_folder(tmp_path).config == system.config


def broken(folder: Path, what: str) -> None:
    recipe: dict[str, Any] = json.loads((folder / RECIPE).read_text())
    tensors = load_file(folder / WEIGHTS)
    if what == "no recipe":
        (folder / RECIPE).unlink()
    elif what == "no weights":
        (folder / WEIGHTS).unlink()
    elif what == "cut recipe":
        (folder / RECIPE).write_text((folder / RECIPE).read_text()[:50])
    elif what == "binary recipe":
        (folder / RECIPE).write_bytes(b"\xff\xfe\x00")
    elif what == "list recipe":
        (folder / RECIPE).write_text("[]")
    elif what == "empty recipe":
        (folder / RECIPE).write_text("{}")
    elif what == "strange key":
        (folder / RECIPE).write_text(json.dumps({**recipe, "sampler": 1}))
    elif what == "null system":
        (folder / RECIPE).write_text(json.dumps({"system": None}))
    elif what == "deep recipe":
        (folder / RECIPE).write_text("[" * 100_000)
    elif what in ("width", "depth", "frames_per_turn", "heads"):
        (folder / RECIPE).write_text(json.dumps({**recipe, "model": {**recipe["model"], what: -4}}))
    elif what == "absurd width":
        (folder / RECIPE).write_text(json.dumps({**recipe, "model": {**recipe["model"], "width": 2**40}}))
    elif what == "too many weights":
        large = {**recipe["model"], "width": 65_536, "depth": 1000}
        (folder / RECIPE).write_text(json.dumps({**recipe, "model": large}))
    elif what == "nan temperature":
        sampling = {**recipe["sampling"], "temperature": float("nan")}
        (folder / RECIPE).write_text(json.dumps({**recipe, "sampling": sampling}))
    elif what == "cut weights":
        (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:500])
    elif what == "other size":
        (folder / RECIPE).write_text(json.dumps({**recipe, "model": {**recipe["model"], "width": 64}}))
    elif what == "other parts":
        additions = {**recipe["model"]["additions"], "skip": False, "skip_user": False}
        model = {**recipe["model"], "additions": additions}
        (folder / RECIPE).write_text(json.dumps({**recipe, "model": model}))
    elif what == "missing tensor":
        del tensors["mask_token"]
        save_file(tensors, folder / WEIGHTS)


@pytest.mark.parametrize(
    ("what", "lesson"),
    [
        ("no recipe", r"is no model folder: recipe\.json is missing"),
        ("no weights", r"is no model folder: model\.safetensors is missing"),
        ("cut recipe", r"recipe\.json is not JSON"),
        ("binary recipe", r"recipe\.json is not JSON"),
        ("list recipe", r"recipe\.json does not hold a record but list"),
        ("empty recipe", "recipe key 'name' is missing"),
        ("strange key", "unknown recipe key 'sampler'; did you mean 'sampling'"),
        ("null system", "system cannot be None; it is a section with keys"),
        ("deep recipe", r"recipe\.json is not JSON: it is nested too deeply"),
        ("width", r"recipe key 'model\.width' cannot be -4; it is at least 1"),
        ("depth", r"recipe key 'model\.depth' cannot be -4; it is at least 1"),
        ("heads", r"recipe key 'model\.heads' cannot be -4; it is at least 1"),
        ("frames_per_turn", r"recipe key 'model\.frames_per_turn' cannot be -4; it is at least 1"),
        ("absurd width", r"recipe key 'model\.width' cannot be 1099511627776; it is at least 1 and at most 65,536"),
        ("too many weights", r"would have [\d,]+ weights; at most 4,000,000,000 are possible; choose smaller sizes"),
        ("nan temperature", r"recipe key 'sampling\.temperature' cannot be nan"),
        ("cut weights", r"model\.safetensors is damaged"),
        ("other size", r"does not fit: \S+ is \(.*\), its model needs \("),
        ("other parts", r"does not fit; missing: none; unknown: skip\.bias, skip\.weight"),
        ("missing tensor", r"does not fit; missing: mask_token; unknown: none"),
    ],
)
def test_a_folder_that_is_not_whole_is_refused(what: str, lesson: str, tmp_path: Path) -> None:
    save_system(make("timar shipped"), tmp_path)
    broken(tmp_path, what)
    with pytest.raises(VisavisError, match=lesson):
        load_folder(tmp_path)


def test_weights_are_written_whole_over_older_ones(tmp_path: Path) -> None:
    system = make("timar shipped")
    save_system(system, tmp_path)
    with torch.no_grad():
        system.model.mask_token.add_(1)
    save_weights(system, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [WEIGHTS, RECIPE]
    assert torch.equal(load_folder(tmp_path).model.mask_token, system.model.mask_token)
