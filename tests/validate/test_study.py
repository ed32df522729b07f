from __future__ import annotations

from pathlib import Path

import pytest

from tests.rooms import write_room_clip
from visavis.core.errors import VisavisError
from visavis.core.files import read_json
from visavis.core.local_processes import LocalProcesses
from visavis.validate import study as studied
from visavis.validate.study import Study, family, main, run_study

SHORT = {
    "loop.schedule.steps": "1",
    "loop.schedule.warmup": "0",
    "loop.batch_size": "1",
    "before.loop.schedule.steps": "1",
    "before.loop.schedule.warmup": "0",
    "before.loop.batch_size": "1",
}
TWO = ["together-tiny-no-cross", "together-tiny-one-voice"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rooms")
    for index in range(2):
        write_room_clip(folder / "train", f"clip{index}", index, frames=260)
    write_room_clip(folder / "test", "held", 5, frames=260)
    return folder


def test_a_family_is_a_recipe_and_its_ablations() -> None:
    found = family("together-tiny")
    assert found[0] == "together-tiny"
    assert set(TWO) < set(found)
    assert "together-small" not in found
    with pytest.raises(VisavisError, match="no recipe 'together-tin' to study; known: timar-small"):
        family("together-tin")


def test_recipes_are_trained_and_scored_side_by_side_and_kept(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = Study(data, tmp_path / "study", limit=1, overrides=SHORT, engine=LocalProcesses(1))
    tables = run_study(TWO, study)
    assert (tmp_path / "study/study.md").read_text() == tables
    overview, _, every = tables.partition("## All measures\n\n")
    assert overview.startswith("## Overview\n\n### test\n\n|")
    assert every.startswith("### test\n\n1 clips")
    for part in (overview, every):
        header = next(line for line in part.splitlines() if "gaze_mutual" in line)
        room = part[part.index(header) :].split("\n\n")[0].splitlines()[2:]
        assert [row.split("|")[2].strip() for row in room] == [*TWO, "real motion"]
    assert read_json(tmp_path / "study" / TWO[0] / "recipe.json")["system"]["model"]["cross_attention"] is False

    def again(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(studied, "train", again)
    monkeypatch.setattr(studied, "run_benchmark", again)
    assert run_study(TWO, study) == tables
    monkeypatch.undo()
    (tmp_path / "study" / f"{TWO[1]}.json").unlink()
    monkeypatch.setattr(studied, "train", again)
    assert run_study(TWO, study) == tables


def test_what_is_not_of_the_family_is_told_in_one_line(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--data", str(data), "--out", str(tmp_path / "s")]
    assert main(["together-tiny", *place, "--only", "timar-small"]) == 2
    assert "timar-small is not of the family together-tiny; choose of: together-tiny," in capsys.readouterr().err
    assert not (tmp_path / "s").exists()
