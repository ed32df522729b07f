from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.dummy import config
from tests.training.test_checkpoints import trained
from visavis.core.errors import VisavisError
from visavis.training.checkpoints import Progress, save
from visavis.training.loop_config import read_loop
from visavis.training.processes import Processes
from visavis.training.run_folder import BEFORE, check_run_folder, open_run


def test_a_fresh_run_leaves_its_recipe(tmp_path: Path) -> None:
    assert open_run(tmp_path / "run", config(), False, Processes()) is None
    assert read_loop(tmp_path / "run" / "recipe.json") == config()


def test_resuming_where_nothing_is_begins(tmp_path: Path) -> None:
    assert open_run(tmp_path / "run", config(), True, Processes()) is None
    assert open_run(tmp_path / "run", config(), True, Processes()) is None, "killed before the first checkpoint"


def test_resuming_takes_the_newest_checkpoint_and_sweeps(tmp_path: Path) -> None:
    open_run(tmp_path, config(), False, Processes())
    save(tmp_path, trained(), Progress(5), keep=2)
    newest = save(tmp_path, trained(), Progress(10), keep=2)
    leftover = newest.with_name(".step-00000015.1.tmp.safetensors")
    leftover.touch()
    assert open_run(tmp_path, config(), True, Processes()) == newest
    assert not leftover.exists()


def test_a_used_folder_needs_resume(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(VisavisError, match="is not empty; continue the run in it with --resume"):
        check_run_folder(tmp_path, config(), resume=False)
    with pytest.raises(VisavisError, match=r"holds no run \(recipe\.json is missing\)"):
        check_run_folder(tmp_path, config(), resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_another_recipe_is_refused_and_the_difference_named(tmp_path: Path) -> None:
    open_run(tmp_path, config(), False, Processes())
    with pytest.raises(VisavisError, match=r"another recipe \(schedule\.steps: 20 -> 30; seed: 11 -> 12\)"):
        check_run_folder(tmp_path, config(30, seed=12), resume=True)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(VisavisError, match="cannot write"):
        open_run(tmp_path / "file", config(), False, Processes())
    for out in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(VisavisError, match=r"cannot write .*recipe\.json: .*file is not a folder"):
            check_run_folder(out, config(), resume=True)


def test_the_run_of_an_earlier_part_is_no_beginning(tmp_path: Path) -> None:
    (tmp_path / BEFORE).mkdir()
    assert check_run_folder(tmp_path, config(), resume=False) is False
    assert open_run(tmp_path, config(), False, Processes()) is None
    assert check_run_folder(tmp_path, config(), resume=True) is True
